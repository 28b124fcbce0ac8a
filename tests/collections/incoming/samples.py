"""Mails as people and servers write them."""

from email.message import EmailMessage

WRITER = "Erika Muster <erika@kunde.example>"


def letter(
    text: str = "Please see below.",
    *,
    subject: str = "Your reminder",
    sender: str = WRITER,
    to: str = "ar@seller.example",
    answers: str = "",
    id: str = "one@kunde.example",
    **headers: str,
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = "Thu, 26 Nov 2026 09:30:00 +0100"
    mail["Message-ID"] = f"<{id}>"
    if answers:
        mail["In-Reply-To"] = f"<{answers}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def report(
    action: str = "failed",
    status: str = "5.1.1",
    *,
    recipient: str = "erika@kunde.example",
    about: str = "",
    says: str = "smtp; 550 5.1.1 no such user",
    id: str = "report@mx.example",
) -> bytes:
    """A report of delivery (RFC 3464), with the headers of the message that it is about (RFC 3462)."""
    return f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: ar@seller.example
Subject: Delivery status
Date: Thu, 26 Nov 2026 09:31:00 +0000
Message-ID: <{id}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {says}

--b1
Content-Type: text/rfc822-headers

From: ar@seller.example
Subject: Reminder
Message-ID: <{about}>

--b1--
""".replace("\n", "\r\n").encode()


def complaint(*, about: str, recipient: str = "erika@kunde.example") -> bytes:
    """A complaint (RFC 5965)."""
    return f"""\
From: <abuse@provider.example>
To: <ar@seller.example>
Subject: FW: Reminder
Date: Thu, 26 Nov 2026 09:32:00 +0000
Message-ID: <complaint@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is an email abuse report.

--b2
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Example/1.0
Version: 1
Original-Rcpt-To: <{recipient}>

--b2
Content-Type: message/rfc822

From: ar@seller.example
Message-ID: <{about}>
Subject: Reminder

Pay.

--b2--
""".replace("\n", "\r\n").encode()
