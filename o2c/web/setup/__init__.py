"""Setting an installation up: by its pages, by a file, by questions at a terminal. All three ask the same forms.

forms       what is typed, and what is wrong with it
agreeing    payment terms as they are typed, and what they mean by example
steps       what there is to set up, and how far it is
checklist   what is missing for daily work
document    the whole set-up as a file: its format, reading it, writing what is there
applying    bringing the installation to what a file says
asking      questions at a terminal, which make such a file
"""
