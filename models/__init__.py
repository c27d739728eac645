"""Tables, and the pure rules on them: nothing here does input or output."""
