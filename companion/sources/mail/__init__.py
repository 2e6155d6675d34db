"""Mail in folders and files: what is common to a mail, and the two stores that hold it."""

from companion.sources.mail.maildir import MaildirSource
from companion.sources.mail.mbox import MboxSource

__all__ = ["MaildirSource", "MboxSource"]
