"""Downloads of Meta as sources: tells threads and their messages; parses no JSON itself.

Messages are told in the order of the files, the newest first; their positions count down there,
so that those of one time are still shown in the order in which they were sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import ClassVar

from companion.sources.bundles import Bundle, BundleSource, Fields, get_text
from companion.sources.identity import ExportIdentity
from companion.sources.interface import Change, ConversationFound, MessageFound, Skipped
from companion.sources.meta.brands import tell_brand
from companion.sources.meta.strings import mend
from companion.sources.meta.survey import Survey, survey_file
from companion.sources.meta.threads import group_threads, is_numbered, name_thread
from companion.sources.meta.wording import read_content, read_encrypted_content
from companion.sources.zip_members import ZIP_DAMAGE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PROBED_FILES = 20


class _MetaSource(BundleSource):
    """A whole download, its `messages`, a box of threads, one thread, or one file of it."""

    export_again: ClassVar[str] = "download the messages from Meta again, in JSON format"
    depth: ClassVar[int] = 5
    """your_..._activity/messages/inbox/(thread)/message_1.json"""

    @classmethod
    def recognise(cls, bundle: Bundle) -> bool:
        for names in islice(group_threads(bundle.names), _PROBED_FILES):
            if survey := _survey(bundle, names):
                return tell_brand(bundle.path, bundle.names, survey) == cls.kind
        return False

    def _read_bundle(self, bundle: Bundle) -> Iterator[Change]:
        threads = list[tuple[Survey, tuple[str, ...]]]()
        for names in group_threads(bundle.names):
            if survey := _survey(bundle, names):
                threads.append((survey, names))
            elif is_numbered(names[0]):
                yield Skipped(f"{names[0]} is no thread, or is damaged at its beginning")
        everywhere = _find_common_name([survey for survey, _ in threads])
        for survey, names in threads:
            owners = self.settings.me or (everywhere or _find_owner(survey),)
            key = survey.id or name_thread(bundle.path, names[0])
            yield from _Teller(key, survey, frozenset(owners) - {""}).tell(bundle, names)


class FacebookSource(_MetaSource):
    """Messenger's messages, in Facebook's download or in that of the encrypted chats."""

    kind: ClassVar[str] = "facebook"
    label: ClassVar[str] = "Messenger"


class InstagramSource(_MetaSource):
    """Instagram's direct messages."""

    kind: ClassVar[str] = "instagram"
    label: ClassVar[str] = "Instagram"


def _survey(bundle: Bundle, names: Sequence[str]) -> Survey | None:
    """Of the newest file that can be read; None for what is no thread."""
    for name in names:
        with suppress(*ZIP_DAMAGE), bundle.open(name) as stream:
            if survey := survey_file(stream):
                return survey
    return None


def _find_common_name(surveys: Sequence[Survey]) -> str:
    """The owner, by taking part in every thread; "" where that singles nobody out."""
    circles = {survey.participants for survey in surveys if len(survey.participants) > 1}
    common = set.intersection(*map(set, circles)) if len(circles) > 1 else set[str]()
    return common.pop() if len(common) == 1 else ""


def _find_owner(survey: Survey) -> str:
    """The owner of one thread: of its two people, the one it is not named after; "" if unsure."""
    others = [name for name in survey.participants if name != survey.title]
    return others[0] if len(survey.participants) == 2 and len(others) == 1 else ""


@dataclass(slots=True)
class _Teller:
    """Turns the messages of one thread into changes."""

    key: str
    survey: Survey
    owners: frozenset[str]
    identity: ExportIdentity = field(default_factory=ExportIdentity)
    sent_at: datetime | None = None
    """When the message told last was sent."""

    senders: set[str] = field(default_factory=set)

    def tell(self, bundle: Bundle, names: Sequence[str]) -> Iterator[Change]:
        yield (found := self._describe())
        for name in names:
            for entry in bundle.read_objects(name, "messages.item"):
                yield entry if isinstance(entry, Skipped) else self._tell_message(name, entry)
        if self._describe() != found:
            yield self._describe()

    def _describe(self) -> ConversationFound:
        """What is known so far: threads of old tools list nobody."""
        survey = self.survey
        is_group = survey.is_group or len(self.senders) > 2
        return ConversationFound(
            self.key, survey.title, "group" if is_group else "direct", survey.participants
        )

    def _tell_message(self, name: str, fields: Fields) -> Change:
        is_encrypted = self.survey.is_encrypted
        sent_at = _read_time(fields.get("timestamp" if is_encrypted else "timestamp_ms"))
        if sent_at is None:
            return Skipped(f"{name}: a message without a time that can be read")
        if is_encrypted:
            sender = get_text(fields, "senderName")
            content = read_encrypted_content(fields, sender)
        else:
            sender = mend(get_text(fields, "sender_name"))
            content = read_content(fields, sender)
        if len(self.senders) <= 2 and content.kind != "system":
            self.senders.add(sender)
        uid, position = self._identify(sent_at, sender)
        return MessageFound(
            conversation_key=self.key,
            id=uid,
            sender=sender,
            is_me=sender in self.owners,
            sent_at=sent_at,
            text=content.text,
            kind=content.kind,
            position=-position if self.survey.is_newest_first else position,
        )

    def _identify(self, sent_at: datetime, sender: str) -> tuple[str, int]:
        """Id and position, within the messages of one millisecond, which stand together.

        The id does not hang on the text: one that was taken back loses it in the next download.
        """
        if sent_at != self.sent_at:
            self.identity, self.sent_at = ExportIdentity(), sent_at
        return self.identity.next_id(sent_at, sender, "", written=sent_at.isoformat())


def _read_time(stamp_ms: object) -> datetime | None:
    """None for what is no number of milliseconds, or of no year from 1 to 9999."""
    if not isinstance(stamp_ms, int) or isinstance(stamp_ms, bool):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=stamp_ms)
    except OverflowError:
        return None
