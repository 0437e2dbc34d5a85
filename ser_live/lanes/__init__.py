"""One or several voices of one source: a lane is a channel, or the mix of all, with a pipeline of its own.

* `choice`: which lanes a source has.
* `levels`: how loud every 10 ms of each lane is.
* `leak`: speech of one lane that is only heard in another.
* `talk`: who speaks when: the call sheet.
* `envelope`: the waveform, in a fixed number of bins.
* `together`: `Lanes`, all of it as one object.
"""

from __future__ import annotations

from ser_live.lanes.choice import Lane, lanes_of
from ser_live.lanes.together import Lanes

__all__ = ["Lane", "Lanes", "lanes_of"]
