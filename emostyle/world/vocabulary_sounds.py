"""Word tables of the sounds: what a recording of each sound class is called in English.

Hand-written like `emostyle.world.vocabulary`. Classes of the 'other' group have no picture; their
words keep a place of their own in the joint space so that an unknown sound stays unknown.
"""

from typing import Final

from emostyle.world.vocabulary import EventWords

SOUND_WORDS: Final[dict[str, EventWords]] = {
    "rain": EventWords(
        ("rain", "rainfall", "raindrops"),
        ("a light drizzle", "soft rain dripping", "gentle rain pattering on leaves"),
        ("rain falling", "steady rain", "rain on a roof"),
        ("heavy rain", "pouring rain", "a roaring downpour"),
    ),
    "thunderstorm": EventWords(
        ("thunder", "a thunderstorm", "a storm"),
        ("distant thunder", "a faint rumble of thunder", "thunder far away"),
        ("thunder rolling", "a thunderstorm with rain", "a clap of thunder"),
        ("loud crashing thunder", "a violent thunderstorm", "deafening thunderclaps"),
    ),
    "wind": EventWords(
        ("wind", "blowing wind", "air rushing"),
        ("a light breeze", "a gentle wind whispering", "wind softly in the leaves"),
        ("wind blowing", "wind in the trees", "gusts of wind"),
        ("a howling gale", "a strong storm wind", "wind roaring"),
    ),
    "fire": EventWords(
        ("fire", "a crackling fire", "flames"),
        ("a small fire crackling", "embers glowing and ticking", "a little campfire"),
        ("fire crackling", "burning wood", "a bonfire"),
        ("a roaring fire", "a huge blaze", "a raging wildfire"),
    ),
    "explosion": EventWords(
        ("an explosion", "a blast", "a bomb"),
        ("a distant explosion", "a small blast", "a muffled boom"),
        ("a bomb exploding", "an explosion with debris", "a firework blast"),
        ("a huge explosion", "a deafening blast", "a tremendous detonation"),
    ),
    "waves": EventWords(
        ("waves", "sea waves", "the surf"),
        ("small waves lapping", "gentle waves on the shore", "a calm sea"),
        ("waves breaking on the beach", "rolling waves", "the sea"),
        ("huge crashing waves", "a stormy sea", "heavy surf pounding"),
    ),
    "underwater": EventWords(
        ("water bubbles", "underwater noise", "scuba diving"),
        ("a few bubbles under water", "soft bubbling", "faint bubbles in shallow water"),
        ("underwater bubbles", "a diver breathing", "bubbling under the surface"),
        ("a rush of bubbles deep under water", "deep sea diving", "strong bubbling in the deep"),
    ),
    "birds": EventWords(
        ("birds", "birdsong", "chirping birds"),
        ("a single bird chirping", "a few birds softly singing", "a lone songbird"),
        ("birds chirping", "birds singing", "birds tweeting in a garden"),
        ("a dawn chorus of many birds", "a large flock of birds calling", "birds singing loudly"),
    ),
    "giggling": EventWords(
        ("laughter", "laughing", "giggling"),
        ("a soft chuckle", "a little giggle", "a person snickering"),
        ("a person laughing", "a child giggling", "people laughing"),
        ("roaring laughter", "a person laughing out loud", "a loud belly laugh"),
    ),
    "sobbing": EventWords(
        ("crying", "sobbing", "weeping"),
        ("soft whimpering", "a person quietly weeping", "a few sobs"),
        ("a person sobbing", "a baby crying", "somebody crying"),
        ("loud wailing", "a baby crying very hard", "bitter sobbing"),
    ),
    "screaming": EventWords(
        ("screaming", "a scream", "shouting in fear"),
        ("a short startled cry", "a small scream", "a frightened gasp"),
        ("a person screaming", "a scream of fear", "someone yelling in fright"),
        ("a piercing scream of terror", "loud horrified shrieking", "screaming in panic"),
    ),
    "coughing": EventWords(
        ("coughing", "sneezing", "blowing the nose"),
        ("a little cough", "sniffling", "a slight sneeze"),
        ("a person coughing", "a person sneezing", "someone blowing the nose"),
        ("a violent sneeze", "a heavy coughing fit", "a loud trumpeting nose"),
    ),
    "happy_music": EventWords(
        ("happy music", "a cheerful song", "joyful music"),
        ("a friendly tune", "a mildly happy melody", "pleasant light music"),
        ("a cheerful melody", "an upbeat happy song", "merry music"),
        ("an exuberant joyful song", "very happy dance music", "jubilant music"),
    ),
    "sad_music": EventWords(
        ("sad music", "a sad song", "melancholy music"),
        ("a slightly wistful tune", "a mildly sad melody", "a pensive song"),
        ("a sorrowful melody", "a slow sad song", "mournful music"),
        ("a heartbreaking lament", "deeply sad music", "a desperate funeral song"),
    ),
    "tense_music": EventWords(
        ("tense music", "dramatic music", "threatening music"),
        ("slightly uneasy music", "a mildly tense tune", "a low nervous drone"),
        ("suspenseful music", "an ominous tune", "aggressive dramatic music"),
        ("furious pounding music", "extremely tense music", "a violent orchestral clash"),
    ),
    "calm_music": EventWords(
        ("calm music", "peaceful music", "relaxing music"),
        ("a fairly quiet tune", "a soft melody", "easy background music"),
        ("a peaceful melody", "relaxing ambient music", "a gentle lullaby"),
        ("deeply calming meditation music", "a perfectly serene slow melody", "very still music"),
    ),
    "chainsaw": EventWords(
        ("a chainsaw", "a power saw", "a motor saw"),
        ("a chainsaw far away", "an idling chainsaw", "a faint chainsaw"),
        ("a chainsaw cutting wood", "a chainsaw engine", "sawing with a motor saw"),
        ("a screaming chainsaw", "a chainsaw at full power", "a loud chainsaw close by"),
    ),
    "drill": EventWords(
        ("a drill", "an electric drill", "a power tool"),
        ("a drill far away", "a faint electric drill", "a small drill"),
        ("drilling into a wall", "an electric drill running", "a machine drilling"),
        ("a loud hammer drill", "a jackhammer", "a heavy drill in concrete"),
    ),
    "dog_bark": EventWords(
        ("a dog", "a barking dog", "a dog bark"),
        ("a small dog yapping", "a dog far away", "a single quiet bark"),
        ("a dog barking", "dogs barking", "a hound barking"),
        ("a big dog barking furiously", "loud angry barking", "a pack of dogs barking"),
    ),
    "clock_tick": EventWords(
        ("a clock", "a ticking clock", "tick tock"),
        ("a clock ticking faintly", "a quiet wristwatch", "a soft tick"),
        ("a clock ticking", "a pendulum clock", "the ticking of a watch"),
        ("a loud clock ticking", "a big grandfather clock", "heavy mechanical ticking"),
    ),
    "helicopter": EventWords(
        ("a helicopter", "a chopper", "rotor blades"),
        ("a helicopter far away", "a faint chopper", "distant rotor blades"),
        ("a helicopter flying", "a helicopter engine", "a hovering chopper"),
        ("a loud helicopter overhead", "thundering rotor blades", "a helicopter very close"),
    ),
    "rooster": EventWords(
        ("a rooster", "a cock", "cock-a-doodle-doo"),
        ("a rooster far away", "a faint crowing", "a young rooster"),
        ("a rooster crowing", "a cock crow on a farm", "a crowing cockerel"),
        ("a rooster crowing loudly", "a shrill cock crow", "a proud loud rooster"),
    ),
    "speech": EventWords(
        ("speech", "a voice talking", "spoken words"),
        ("a quiet voice", "somebody murmuring", "soft speech"),
        ("a person speaking", "people in conversation", "a man talking"),
        ("a loud speech", "a speaker with a strong voice", "a loud announcement"),
    ),
    "church_bells": EventWords(
        ("bells", "church bells", "a bell"),
        ("a small bell", "church bells far away", "a faint chime"),
        ("church bells ringing", "a bell tolling", "the chime of a tower clock"),
        ("loud church bells", "a great bell booming", "a full peal of bells"),
    ),
    "crickets": EventWords(
        ("crickets", "insects", "cicadas"),
        ("a single cricket", "faint insects", "a quiet cricket"),
        ("crickets chirping", "insects buzzing", "grasshoppers on a summer night"),
        ("loud cicadas", "a swarm of insects", "a field full of crickets"),
    ),
}

SOUND_TEMPLATES: Final[tuple[str, ...]] = (
    "{}",
    "the sound of {}",
    "a recording of {}",
    "we hear {}",
    "the noise of {}",
    "listening to {}",
)
"""Frames for a sound phrase; music uses only the first four and the last."""
