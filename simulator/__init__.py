"""The simulator of 异地就医联网结算: a pure core, and hosts around it that give it time, chance and files."""
