namespace Vlm.Datasets;

/// <summary>How a guide's text begins.</summary>
public enum GuideOpener
{
    /// <summary>With a greeting.</summary>
    Greet,

    /// <summary>With a question.</summary>
    Ask,

    /// <summary>With an exclamation.</summary>
    Exclaim,

    /// <summary>By saying what follows.</summary>
    Announce,
}

/// <summary>The order in which a guide names the objects of a picture.</summary>
public enum GuideOrder
{
    /// <summary>The leftmost first; of two on one vertical line the upper one.</summary>
    LeftToRight,

    /// <summary>The topmost first; of two on one horizontal line the left one.</summary>
    TopToBottom,

    /// <summary>Large ones before small ones, each from left to right.</summary>
    LargestFirst,
}

/// <summary>What a guide names of each object beside its colour and shape.</summary>
public enum GuideAttributes
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>Its size.</summary>
    Size,

    /// <summary>Its place.</summary>
    Place,

    /// <summary>Its size and its place.</summary>
    SizeAndPlace,
}

/// <summary>Whether a guide addresses the listener.</summary>
public enum GuideAddress
{
    /// <summary>No.</summary>
    None,

    /// <summary>By the name of the role.</summary>
    Role,
}

/// <summary>How a guide's text ends.</summary>
public enum GuideClosing
{
    /// <summary>With a farewell.</summary>
    Farewell,

    /// <summary>With an invitation to ask.</summary>
    Invite,

    /// <summary>With advice.</summary>
    Advise,

    /// <summary>By saying that this was all.</summary>
    Summarise,
}

/// <summary>The words that a guide chooses for everything but objects.</summary>
public enum GuideRegister
{
    /// <summary>Those of every day.</summary>
    Plain,

    /// <summary>Ceremonious ones.</summary>
    Formal,

    /// <summary>Those of children.</summary>
    Playful,
}

/// <summary>One of the six choices of a <see cref="GuidePlan"/>.</summary>
public enum GuideChoice
{
    /// <summary><see cref="GuideOpener"/>.</summary>
    Opener,

    /// <summary><see cref="GuideOrder"/>.</summary>
    Order,

    /// <summary><see cref="GuideAttributes"/>.</summary>
    Attributes,

    /// <summary><see cref="GuideAddress"/>.</summary>
    Address,

    /// <summary><see cref="GuideClosing"/>.</summary>
    Closing,

    /// <summary><see cref="GuideRegister"/>.</summary>
    Register,
}

/// <summary>What a guide's text is like, whatever it is about and in whichever words: six choices, 1,152 plans.</summary>
/// <param name="Opener">How it begins.</param>
/// <param name="Order">In which order it names objects.</param>
/// <param name="Attributes">What it names of them.</param>
/// <param name="Address">Whether it addresses the listener.</param>
/// <param name="Closing">How it ends.</param>
/// <param name="Register">Which words it chooses.</param>
public readonly record struct GuidePlan(
    GuideOpener Opener, GuideOrder Order, GuideAttributes Attributes, GuideAddress Address, GuideClosing Closing, GuideRegister Register)
{
    /// <summary>How many plans there are: 4 x 3 x 4 x 2 x 4 x 3.</summary>
    public const int Count = 1152;

    /// <summary>How many options each <see cref="GuideChoice"/> has, in the order of the choices.</summary>
    public static IReadOnlyList<int> Options { get; } = [4, 3, 4, 2, 4, 3];

    /// <summary>Its number, from 0 to <see cref="Count"/> - 1: the opener is the most significant digit, the register the least.</summary>
    public int Number
    {
        get
        {
            int number = 0;
            for (int choice = 0; choice < Options.Count; choice++)
                number = (number * Options[choice]) + this[(GuideChoice)choice];
            return number;
        }
    }

    /// <summary>What was chosen: the number of the option, from 0.</summary>
    /// <param name="choice">Of what.</param>
    public int this[GuideChoice choice] => choice switch
    {
        GuideChoice.Opener => (int)Opener,
        GuideChoice.Order => (int)Order,
        GuideChoice.Attributes => (int)Attributes,
        GuideChoice.Address => (int)Address,
        GuideChoice.Closing => (int)Closing,
        _ => (int)Register,
    };

    /// <summary>The plan of a number.</summary>
    /// <param name="number">As <see cref="Number"/> gives it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static GuidePlan Of(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Count);
        var options = new int[Options.Count];
        for (int choice = Options.Count - 1; choice >= 0; choice--)
            (number, options[choice]) = Math.DivRem(number, Options[choice]);
        return Of(options);
    }

    /// <summary>The plan of its six choices.</summary>
    /// <param name="options">The number of the option of each <see cref="GuideChoice"/>, in their order.</param>
    internal static GuidePlan Of(IReadOnlyList<int> options) => new(
        (GuideOpener)options[0], (GuideOrder)options[1], (GuideAttributes)options[2], (GuideAddress)options[3], (GuideClosing)options[4],
        (GuideRegister)options[5]);
}
