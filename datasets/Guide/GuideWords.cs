namespace Vlm.Datasets;

/// <summary>
/// The words of a guide's texts, one for each of the 250 concepts: no word stands in two places, and none is a single letter, which would be
/// the token of a byte too.
/// </summary>
internal static class GuideWords
{
    /// <summary>The end of a sentence, which is no concept.</summary>
    public const string Stop = ".";

    /// <summary>The first word of a text, by register.</summary>
    public static readonly string[] Registers = ["well", "indeed", "psst"];

    /// <summary>Six words, by opener and register.</summary>
    public static readonly string[][][] Openers =
    [
        [
            Of("hello and welcome to our gallery"), Of("greetings esteemed visitor kindly accept introduction"),
            Of("hey hiya buddy come peek inside"),
        ],
        [Of("what can you see on paper"), Of("might somebody enquire which items appear"), Of("guess who hides behind his curtain")],
        [Of("look how nice these things are"), Of("behold such remarkable forms with clarity"), Of("wow yay check out those doodles")],
        [Of("here is every object in detail"), Of("permit us an exact written account"), Of("ready steady go meet their gang")],
    ];

    /// <summary>Two words before the name of the role, by register.</summary>
    public static readonly string[][] Addresses = [Of("dear kind"), Of("most honoured"), Of("super cool")];

    /// <summary>What comes before the first, second, third and last object, by order and register.</summary>
    public static readonly string[][][] Connectives =
    [
        [Of("leftmost alongside onward rightmost"), Of("westernmost eastward subsequently easternmost"), Of("leftie sideways hop rightie")],
        [Of("topmost underneath below lowest"), Of("uppermost beneath further bottommost"), Of("tiptop downstairs deeper basement")],
        [Of("biggest smaller following smallest"), Of("foremost lesser minor least"), Of("hugest tinier mini tiniest")],
    ];

    /// <summary>The articles of the first, second, third and last object, by register.</summary>
    public static readonly string[][] Articles =
        [Of("one another also final"), Of("certain additional supplementary ultimate"), Of("lovely extra bonus wee")];

    /// <summary>Seven words, or eight for an invitation or advice, by closing and register.</summary>
    public static readonly string[][][] Closings =
    [
        [
            Of("goodbye until we talk again next weekend"), Of("farewell sincerely yours remaining always at service"),
            Of("bye ciao toodles catch ya later alligator"),
        ],
        [
            Of("please just ask if anything seems not clear"), Of("should doubts remain all questions would be appreciated"),
            Of("so wanna play quiz games or riddles maybe"),
        ],
        [
            Of("try drawing it yourself when your time allows"), Of("do consider studying each arrangement before passing judgement"),
            Of("quick grab paints plus brushes like mad artists"),
        ],
        [
            Of("altogether they make up everything anyone found"), Of("thus concludes this concise but complete description"),
            Of("boom done finished nothing more boss hooray"),
        ],
    ];

    /// <summary>Those of drawings.</summary>
    public static readonly string[] Sizes = [.. Appearances.Sizes.Select(size => Filter.Words(size))];

    /// <inheritdoc cref="Sizes"/>
    public static readonly string[] Colors = [.. Appearances.Colors.Select(color => Filter.Words(color))];

    /// <inheritdoc cref="Sizes"/>
    public static readonly string[] Shapes = [.. Appearances.Shapes.Select(shape => Filter.Words(shape))];

    /// <summary>The nine parts of a picture, row by row.</summary>
    public static readonly string[] Places =
        ["northwest", "north", "northeast", "west", "centre", "east", "southwest", "south", "southeast"];

    /// <summary>Every word once: the concepts in the order of their numbers.</summary>
    public static readonly string[] All =
    [
        .. Sizes, .. Colors, .. Shapes, .. Places, .. GuideRoles.All, .. Registers, .. Flat(Openers), .. Addresses.SelectMany(one => one),
        .. Flat(Connectives), .. Articles.SelectMany(one => one), .. Flat(Closings),
    ];

    private static string[] Of(string words) => words.Split(' ');

    private static IEnumerable<string> Flat(string[][][] words) => words.SelectMany(group => group.SelectMany(one => one));
}
