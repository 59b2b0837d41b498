"""What a sound says and how it feels: its words, its tags, their polarity, a melody to match."""
