using System.Diagnostics.CodeAnalysis;

namespace Vlm.Rewards;

/// <summary>
/// What is right for one example. A broken truth is a broken data set, and throws where it is made. A data set may derive its
/// own, with a <see cref="TruthKind"/> that says how it is stored and scored.
/// </summary>
public abstract record Truth
{
    /// <summary>Nobody knows: a question that is only asked. Rewards refuse it.</summary>
    public static Truth Unknown { get; } = new NotKnown();

    /// <summary>False where nobody knows what is right: only a learned reward can score answers.</summary>
    public bool IsKnown => this is not NotKnown;

    /// <summary>How it is stored in tables, and what answers to it earn.</summary>
    public abstract TruthKind Kind { get; }

    /// <summary>A truth that is a text; rewards of texts take whatever derives from it.</summary>
    /// <param name="Answer">The text.</param>
    public abstract record Written(string Answer) : Truth
    {
        /// <summary>All answers that are right, as often as people gave them: of ten people, ten.</summary>
        public virtual IReadOnlyList<string> AllAnswers() => [Answer];
    }

    /// <summary>A closed answer: a word or a name, "yes", "no", "true", "false".</summary>
    public sealed record Word(string Answer) : Written(Answer)
    {
        /// <inheritdoc/>
        public override TruthKind Kind => TruthKind.Word;
    }

    /// <summary>A text of several words, as in a conversation; answers earn the words they share.</summary>
    public sealed record Text(string Answer) : Written(Answer)
    {
        /// <inheritdoc/>
        public override TruthKind Kind => TruthKind.Text;
    }

    /// <summary>A number.</summary>
    /// <param name="Answer">Finite; what stands before the percent sign where <see cref="IsPercent"/>.</param>
    public sealed record Number(double Answer) : Truth
    {
        /// <summary>It is a percentage: 12 stands for "12%", and an answer of 0.12 is right too.</summary>
        public bool IsPercent { get; init; }

        /// <summary>Reads a number that is the whole text: "7", "1,000", "12%", "1/2", "twenty-one".</summary>
        /// <param name="text">The text; a currency sign may stand before the number.</param>
        /// <param name="number">The number.</param>
        /// <returns>False where the text is no number, or says more.</returns>
        public static bool TryParse(string? text, [NotNullWhen(true)] out Number? number)
        {
            number = NumberText.TryWhole(text, out NumberToken token)
                ? new(token.Value) { IsPercent = token.IsPercent } : null;
            return number is not null;
        }

        /// <inheritdoc/>
        public override TruthKind Kind => TruthKind.Number;
    }

    /// <summary>One of several lettered options.</summary>
    /// <param name="Letter">'A', 'B' ...</param>
    /// <param name="Options">The options' texts, in the order of their letters.</param>
    public sealed record Choice(char Letter, IReadOnlyList<string> Options) : Truth
    {
        /// <inheritdoc/>
        public override TruthKind Kind => TruthKind.Choice;
    }

    /// <summary>A region of the image.</summary>
    /// <param name="Box">Its edges.</param>
    /// <param name="Frame">What the numbers of <paramref name="Box"/> mean; the prompt asks for answers in this frame.</param>
    /// <param name="Width">Extent of the frame: x runs from 0 to this.</param>
    /// <param name="Height">Extent of the frame: y runs from 0 to this.</param>
    public sealed record Region(Box Box, Frame Frame, double Width, double Height) : Truth
    {
        /// <inheritdoc/>
        public override TruthKind Kind => TruthKind.Region;
    }

    /// <summary>All objects of an image that are asked for.</summary>
    /// <param name="Items">Each with its box and its label; none where nothing of what is asked for is there.</param>
    /// <param name="Frame">What the numbers of the boxes mean; the prompt asks for answers in this frame.</param>
    /// <param name="Width">Extent of the frame: x runs from 0 to this.</param>
    /// <param name="Height">Extent of the frame: y runs from 0 to this.</param>
    public sealed record Boxes(IReadOnlyList<LabelledBox> Items, Frame Frame, double Width, double Height) : Truth
    {
        /// <inheritdoc/>
        public override TruthKind Kind => TruthKind.Boxes;

        /// <inheritdoc/>
        public bool Equals(Boxes? other) => other is not null && (Frame, Width, Height) == (other.Frame, other.Width, other.Height)
            && Items.SequenceEqual(other.Items);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Items.Count, Frame, Width, Height);
    }

    /// <summary>A number, an expression or several of them, compared as mathematics: <c>\frac{\sqrt{3}}{2}</c>, <c>(1, 2)</c>, <c>2x + 1</c>.</summary>
    public sealed record Expression(string Answer) : Written(Answer)
    {
        /// <inheritdoc/>
        public override TruthKind Kind => TruthKind.Expression;
    }

    /// <summary>A JSON Schema that the answer keeps to.</summary>
    /// <param name="Json">The schema.</param>
    public sealed record Schema(string Json) : Truth
    {
        /// <inheritdoc/>
        public override TruthKind Kind => TruthKind.Schema;
    }

    private sealed record NotKnown : Truth
    {
        public override TruthKind Kind => TruthKind.Unknown;
    }
}
