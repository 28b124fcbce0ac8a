from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import path

from o2c.web.views import customers, dashboard, items, people, sign_in, traffic

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("customers/", customers.customers, name="customers"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/statement.csv", customers.statement, name="statement"),
    path("customers/<int:pk>/timeline/", customers.older, name="timeline"),
    path("tasks/<int:pk>/", customers.task, name="task"),
    path("items/<int:pk>/", items.item, name="item"),
    path("messages/", traffic.messages, name="messages"),
    path("messages/<int:pk>/", traffic.message, name="message"),
    path("messages/<int:pk>/retry/", traffic.retry_message, name="retry_message"),
    path("messages/<int:pk>/resolve/", traffic.resolve_message, name="resolve_message"),
    path("imports/", traffic.imports, name="imports"),
    path("imports/<int:pk>/errors.csv", traffic.import_errors, name="import_errors"),
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="new_person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/deactivate/", people.deactivate_person, name="deactivate_person"),
    path("people/<int:pk>/activate/", people.activate_person, name="activate_person"),
    path("people/<int:pk>/password-link/", people.send_password_link, name="send_password_link"),
    path("profile/", sign_in.profile, name="profile"),
    path("profile/password/", sign_in.password, name="password"),
    path("theme/", sign_in.theme, name="theme"),
    path("login/", sign_in.sign_in, name="login"),
    path("logout/", sign_in.sign_out, name="logout"),
    path(
        "password-reset/",
        auth.PasswordResetView.as_view(
            email_template_name="registration/password_reset_email.txt",
            subject_template_name="registration/password_reset_subject.txt",
        ),
        name="password_reset",
    ),
    path("password-reset/sent/", auth.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password-reset/<uidb64>/<token>/", auth.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path("password-reset/done/", auth.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("admin/", admin.site.urls),
]
