"""From a draft to a posted invoice: drafts are written, summed up, judged, issued, and corrected by credit notes."""
