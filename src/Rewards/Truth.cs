namespace Vlm.Rewards;

/// <summary>What is right for one example. A broken truth is a broken dataset, and throws where it is made.</summary>
public abstract record Truth
{
    /// <summary>Nobody knows: a question that is only asked. Rewards refuse it.</summary>
    public static Truth Unknown { get; } = new NotKnown();

    /// <summary>A free or closed text: a word, "yes", "no", "true", "false".</summary>
    public sealed record Word(string Answer) : Truth;

    /// <summary>A number.</summary>
    public sealed record Number(double Answer) : Truth;

    /// <summary>One of several lettered options.</summary>
    /// <param name="Letter">'A', 'B' ...</param>
    /// <param name="Options">The options' texts, in the order of their letters.</param>
    public sealed record Choice(char Letter, IReadOnlyList<string> Options) : Truth;

    /// <summary>A region of the image.</summary>
    /// <param name="Box">Its edges.</param>
    /// <param name="Frame">What the numbers of <paramref name="Box"/> mean; the prompt asks for answers in this frame.</param>
    /// <param name="Width">Extent of the frame: x runs from 0 to this.</param>
    /// <param name="Height">Extent of the frame: y runs from 0 to this.</param>
    public sealed record Region(Box Box, Frame Frame, double Width, double Height) : Truth;

    /// <summary>A text of several words, as in a conversation; answers earn the words they share.</summary>
    public sealed record Passage(string Answer) : Truth;

    /// <summary>A scene to describe.</summary>
    /// <param name="Objects">1 to 8 objects, the leftmost first.</param>
    public sealed record Caption(IReadOnlyList<CaptionObject> Objects) : Truth;

    private sealed record NotKnown : Truth;
}
