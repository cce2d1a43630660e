"""How fast requests may be made: the gate, its rate, its pauses, and the automatic pace."""
