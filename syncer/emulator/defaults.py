"""What an emulator is when nothing is said: its names, and how much it takes and gives at once."""

from dataclasses import dataclass

DOMAIN = "example.com"
APP = "innovaphone-devices-api"
PASSWORD = "emulator"  # noqa: S105  # public on purpose: the embedded service listens on loopback only
INSTANCE = "devices"
HOST = "127.0.0.1"

PAGE_SIZE = 100
CHUNK_SIZE = 8_000

ACCEPTED_BYTES = 1 << 20  # of one incoming message; the protocol's own limit is 64 KiB
COLLECTED_CHARACTERS = 8 << 20  # of values sent ahead in pieces, per connection
COLLECTED_REQUESTS = 1024  # that may have values waiting, per connection
WAITING_ANSWERS = 100_000  # for a client that does not read, before its connection is cut

USER_INFO = frozenset({"GetUserInfo", "GetLoginInfo"})  # the second is its name in 13r1


@dataclass(frozen=True, slots=True)
class Options:
    """How a service behaves where the API document leaves room.

    `chunk_size` counts UTF-16 code units, so a piece may end inside a surrogate pair; 8,000 fit into a message however
    they are escaped. `interleave` sends the answers to pipelined requests frame by frame in turn. `latency` is in
    seconds, from a request to its answer.
    """

    page_size: int = PAGE_SIZE
    chunk_size: int = CHUNK_SIZE
    latency: float = 0.0
    interleave: bool = False
    user_info: frozenset[str] = USER_INFO
    device_categories: bool = True

    def __post_init__(self) -> None:
        if self.page_size < 1 or self.chunk_size < 1 or self.latency < 0:
            raise ValueError("page and chunk sizes start at 1, latency at 0")
