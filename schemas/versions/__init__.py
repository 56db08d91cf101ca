"""What changed between two versions of the interface, and whom each change breaks.

**Sender** is always who builds a message and **receiver** who reads it: for a request the hospital or city that sends
it and the platform that takes it in, for a reply the platform that answers and the party that asked. A change that
*narrows* (a message valid before is refused after) breaks senders built for the old version; a change that *widens*
(a message valid after was refused before) breaks receivers built for it.

    from schemas.versions import compare
    from schemas.versions.folders import read_version

    changes = compare(read_version("v1"), read_version("build/v2"))
"""

from schemas.versions.change import Change
from schemas.versions.comparison import compare

__all__ = ["Change", "compare"]
