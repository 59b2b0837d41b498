"""Word tables of the captions: what each factor of a picture is called in English.

The phrases were written by hand for this project, several for one concept, from mild to strong;
WordNet's synonyms of their words are in `synonyms`. An event has three levels of phrases (light,
middle, strong) and bare words that say nothing of strength; a structure factor has ranges of its
value, each with phrases.
"""

from typing import Final, NamedTuple

Phrases = tuple[str, ...]


class EventWords(NamedTuple):
    """Noun phrases for one event: bare, and by strength."""

    bare: Phrases
    light: Phrases
    middle: Phrases
    strong: Phrases


class Range(NamedTuple):
    """Phrases for the values of a structure factor up to `upper` (unit range)."""

    upper: float
    phrases: Phrases


LANDSCAPE_EVENTS: Final[dict[str, EventWords]] = {
    "rain": EventWords(
        ("rain", "rainfall", "rainy weather", "a wet rainy day", "it is raining"),
        ("a light drizzle", "a little rain", "soft rain", "a gentle shower", "a fine mist of rain"),
        ("steady rain", "a rain shower", "rain falling", "grey rainy weather", "a rainy sky"),
        ("a heavy downpour", "pouring rain", "heavy rain", "it is pouring", "torrential rain"),
    ),
    "thunderstorm": EventWords(
        ("a thunderstorm", "thunder and lightning", "a storm", "lightning", "a thundercloud"),
        ("a distant thunderstorm", "faint lightning", "a small storm far away", "summer lightning"),
        ("a thunderstorm with lightning", "lightning in a dark sky", "stormy weather", "thunder"),
        ("a violent thunderstorm", "fierce lightning bolts", "a raging tempest", "a severe storm"),
    ),
    "snow": EventWords(
        ("snow", "snowfall", "snowflakes", "it is snowing", "falling snow"),
        ("a few snowflakes", "light snow", "a dusting of snow", "a gentle flurry"),
        ("snow falling", "steady snowfall", "a snowy day", "thick snowflakes"),
        ("a blizzard", "heavy snow", "a snowstorm", "a whiteout of driving snow"),
    ),
    "wind": EventWords(
        ("wind", "windy weather", "blowing wind", "moving air", "leaves in the wind"),
        ("a light breeze", "a gentle wind", "a soft breeze", "a faint wind in the trees"),
        ("wind bending the trees", "a fresh wind", "a windy day", "wind driving leaves"),
        ("a strong gale", "a storm wind", "howling wind", "a hurricane", "a fierce wind"),
    ),
    "fire": EventWords(
        ("fire", "flames", "burning trees", "a blaze", "fire and smoke"),
        ("a small fire", "a little campfire", "a few flames", "smouldering embers"),
        ("a fire among the trees", "burning trees", "flames and smoke", "a bonfire"),
        ("a raging forest fire", "a huge blaze", "a wildfire", "an inferno", "trees all in flames"),
    ),
    "explosion": EventWords(
        ("an explosion", "a blast", "a fireball", "a detonation", "something blowing up"),
        ("a small explosion", "a distant blast", "a little fireball", "a faint explosion"),
        ("an explosion with smoke", "a bright blast", "a bursting fireball", "a bomb going off"),
        ("a huge explosion", "a massive fireball", "a tremendous blast", "a giant detonation"),
    ),
    "waves": EventWords(
        ("waves", "sea waves", "surf", "breakers on the shore", "ocean waves"),
        ("small waves", "gentle ripples", "a calm surf", "little waves on the shore"),
        ("rolling waves", "waves breaking with foam", "a choppy sea", "surf on the beach"),
        ("huge crashing waves", "a stormy sea", "towering breakers", "a wild heavy surf"),
    ),
    "underwater": EventWords(
        ("underwater", "a view under water", "diving", "under the sea", "bubbles under water"),
        ("a half sunken view", "shallow water", "just below the surface", "a bluish wet haze"),
        ("a view below the surface", "under water with bubbles", "diving in blue water"),
        ("deep under water", "the deep blue sea from below", "sunken deep with rays and bubbles"),
    ),
    "birds": EventWords(
        ("birds", "birds in the sky", "flying birds", "birdlife", "songbirds"),
        ("a few birds", "one or two birds", "some small birds", "a lone bird"),
        ("several birds flying", "birds in the air", "a group of birds", "gulls in the sky"),
        ("a large flock of birds", "many birds", "a sky full of birds", "a great swarm of birds"),
    ),
    "joy": EventWords(
        ("sunshine", "a sunny day", "sun and flowers", "a cheerful mood", "a happy scene"),
        ("a friendly mood", "a little sunshine", "some flowers", "a mild sunny light"),
        ("warm sunshine and flowers", "a cheerful sunny day", "a bright happy mood"),
        ("brilliant sun rays and blossoms", "a joyful radiant day", "glorious sunshine", "bliss"),
    ),
    "gloom": EventWords(
        ("gloom", "a sad mood", "a dreary day", "melancholy", "a gloomy scene"),
        ("a slightly dull mood", "a touch of sadness", "a pale dull light", "a faint gloom"),
        ("a gloomy mood", "a bleak grey place", "a melancholy scene", "cold dim light"),
        ("deep gloom", "a desolate withered place", "a hopeless dark mood", "utter sorrow"),
    ),
}

PORTRAIT_EVENTS: Final[dict[str, EventWords]] = {
    "giggling": EventWords(
        ("laughing", "giggling", "laughter", "someone laughs", "chuckling"),
        ("a chuckle", "a little giggle", "a slight laugh", "snickering softly"),
        ("laughing with open mouth", "giggling merrily", "a happy laugh"),
        ("laughing out loud", "roaring with laughter", "a huge belly laugh", "hilarity"),
    ),
    "sobbing": EventWords(
        ("crying", "sobbing", "weeping", "tears", "someone cries"),
        ("a few tears", "watery eyes", "a slight whimper", "crying a little"),
        ("crying with tears", "sobbing", "weeping sadly", "tears on the cheeks"),
        ("sobbing bitterly", "crying very hard", "wailing in tears", "streaming tears"),
    ),
    "screaming": EventWords(
        ("screaming", "fear", "a scream", "shouting in fright", "a frightened face"),
        ("a startled look", "slightly afraid", "a small cry of fright", "a worried gasp"),
        ("screaming in fear", "a scared face", "yelling with wide eyes", "frightened"),
        ("screaming in terror", "a horrified shriek", "utter panic", "a piercing scream"),
    ),
    "anger": EventWords(
        ("anger", "an angry face", "rage", "a mad look", "being angry"),
        ("slightly annoyed", "a little irritated", "a mild frown", "a cross look"),
        ("angry", "an angry frown", "a grim irritated face", "indignant"),
        ("furious", "blind rage", "a raging red face", "violent anger"),
    ),
    "coughing": EventWords(
        ("coughing", "sneezing", "blowing the nose", "disgust", "a cold"),
        ("a little cough", "sniffling", "a slight sneeze", "a wrinkled nose"),
        ("coughing into a handkerchief", "sneezing", "blowing the nose", "a disgusted face"),
        ("a violent sneeze", "a heavy coughing fit", "blowing the nose loudly", "utter disgust"),
    ),
    "calm": EventWords(
        ("calm", "a relaxed face", "peace", "serenity", "closed eyes"),
        ("fairly relaxed", "a little sleepy", "slightly calm", "half closed eyes"),
        ("calm with closed eyes", "a peaceful face", "relaxed and at ease"),
        ("deeply calm", "perfectly serene", "meditating in silence", "sleeping peacefully"),
    ),
    "joy": EventWords(
        ("happy", "joy", "smiling", "a happy mood", "cheerful"),
        ("a faint smile", "slightly pleased", "a little content", "a hint of a smile"),
        ("smiling happily", "a warm smile", "in a good mood", "cheerful"),
        ("beaming with joy", "a radiant smile", "overjoyed", "blissfully happy"),
    ),
    "gloom": EventWords(
        ("sad", "sadness", "gloomy", "unhappy", "melancholy"),
        ("slightly sad", "a bit down", "a little wistful", "a tired look"),
        ("a sad face", "gloomy and unhappy", "downcast eyes", "sorrowful"),
        ("deeply sad", "heartbroken", "full of grief", "utterly miserable"),
    ),
}

EVENTS: Final[dict[str, dict[str, EventWords]]] = {
    "landscape": LANDSCAPE_EVENTS,
    "portrait": PORTRAIT_EVENTS,
}

NEUTRAL: Final[dict[str, Phrases]] = {
    "landscape": (
        "a quiet landscape",
        "a peaceful view",
        "fair weather",
        "a clear calm day",
        "a landscape where nothing happens",
        "an ordinary landscape",
    ),
    "portrait": (
        "a neutral face",
        "a person looking at the camera",
        "a plain portrait",
        "no expression",
        "an ordinary face at rest",
        "a serious neutral look",
    ),
}

LANDSCAPE_STRUCTURE: Final[dict[str, tuple[Range, ...]]] = {
    "daylight": (
        Range(0.2, ("at night", "in the dark night", "under the moon")),
        Range(0.5, ("at dusk", "at sunset", "in the golden hour", "at dawn")),
        Range(1.0, ("by day", "in daylight", "at noon", "under a day sky")),
    ),
    "season": (
        Range(0.17, ("in spring", "in early spring", "in fresh green")),
        Range(0.5, ("in summer", "on a summer day", "in high summer")),
        Range(0.83, ("in autumn", "in fall", "with autumn colours")),
        Range(1.0, ("in winter", "with a white ground", "in the frost")),
    ),
    "mountains": (
        Range(0.25, ("flat land", "a wide plain", "a low horizon")),
        Range(0.65, ("mountains far away", "distant ridges", "mountains")),
        Range(1.0, ("high mountains", "towering peaks", "an alpine range")),
    ),
    "hills": (
        Range(0.3, ("level ground", "flat fields")),
        Range(1.0, ("hills", "rolling hills", "green hills", "a hilly country")),
    ),
    "sea": (
        Range(0.5, ("a meadow", "grassland", "a field", "green pasture")),
        Range(1.0, ("a lake", "the sea", "a water surface", "a coast", "calm water")),
    ),
    "trees": (
        Range(0.3, ("few trees", "bare land", "hardly a tree")),
        Range(0.65, ("some trees", "trees", "conifers")),
        Range(1.0, ("tall trees", "a forest", "dense woods", "many firs")),
    ),
    "church": (Range(1.0, ("a church", "a chapel", "a steeple", "a small church")),),
    "village": (Range(1.0, ("a village", "houses", "a hamlet", "cottages")),),
    "clouds": (
        Range(0.3, ("a clear sky", "a cloudless sky")),
        Range(1.0, ("clouds", "a cloudy sky", "drifting clouds")),
    ),
}

PORTRAIT_STRUCTURE: Final[dict[str, tuple[Range, ...]]] = {
    "skin": (
        Range(0.33, ("pale skin", "fair skin", "light skin")),
        Range(0.66, ("tanned skin", "olive skin", "brown skin")),
        Range(1.0, ("dark skin", "black skin", "deep brown skin")),
    ),
    "face_width": (
        Range(0.35, ("a narrow face", "a long face")),
        Range(0.65, ()),
        Range(1.0, ("a round face", "a wide face")),
    ),
    "hair_length": (
        Range(0.15, ("a shaven head", "a bald head", "no hair")),
        Range(0.55, ("short hair", "cropped hair")),
        Range(1.0, ("long hair", "hair to the shoulders")),
    ),
    "hair_curl": (
        Range(0.4, ("straight hair", "smooth hair")),
        Range(0.65, ()),
        Range(1.0, ("curly hair", "curls", "wavy hair")),
    ),
    "hair_colour": (
        Range(0.15, ("black hair", "dark hair")),
        Range(0.42, ("brown hair", "chestnut hair")),
        Range(0.67, ("red hair", "ginger hair", "auburn hair")),
        Range(0.9, ("blond hair", "golden hair", "fair hair")),
        Range(1.0, ("white hair", "grey hair")),
    ),
    "eye_colour": (
        Range(0.3, ("brown eyes", "dark eyes")),
        Range(0.7, ("green eyes", "hazel eyes")),
        Range(1.0, ("blue eyes", "light eyes")),
    ),
    "eye_size": (
        Range(0.3, ("small eyes",)),
        Range(0.7, ()),
        Range(1.0, ("large eyes", "big eyes")),
    ),
    "brow": (
        Range(0.3, ("thin eyebrows",)),
        Range(0.7, ()),
        Range(1.0, ("heavy eyebrows", "bushy brows")),
    ),
    "glasses": (Range(1.0, ("glasses", "spectacles", "eyeglasses")),),
    "beard": (
        Range(0.3, ("no beard", "a clean shaven chin")),
        Range(0.65, ("a short beard", "stubble")),
        Range(1.0, ("a full beard", "a thick beard")),
    ),
}

STRUCTURE: Final[dict[str, dict[str, tuple[Range, ...]]]] = {
    "landscape": LANDSCAPE_STRUCTURE,
    "portrait": PORTRAIT_STRUCTURE,
}

PERSON_BY_AGE: Final[tuple[Range, ...]] = (
    Range(0.35, ("a young person", "a young adult", "a youth")),
    Range(0.65, ("a person", "somebody", "an adult")),
    Range(1.0, ("an old person", "an elderly person", "a senior")),
)
"""Used as the subject of a portrait caption."""

HIDDEN_BELOW_HALF: Final[frozenset[str]] = frozenset({"church", "village", "glasses"})
"""Things that are only mentioned when they are there (factor above 0.5)."""

LYRICS: Final[dict[str, Phrases]] = {
    "joy": (
        "I am so happy today, the sun is in my heart",
        "we dance and sing, oh what a beautiful day",
        "I feel so good, everything is bright",
        "love is all around and I am smiling",
        "walking on sunshine, my heart is light",
        "happy days are here again",
        "come on and celebrate, life is wonderful",
        "I love you and the world is full of colours",
    ),
    "gloom": (
        "tears fall and I am all alone",
        "you broke my heart and walked away",
        "I miss you so, the nights are cold and empty",
        "nothing is left, only sorrow and rain in my soul",
        "I am so lonely and blue, I cry every night",
        "goodbye my love, I lost everything",
        "my heart is heavy, the light is gone",
        "I hurt inside and nobody cares",
    ),
}
"""Sentence-like verses for the two ends of valence."""
