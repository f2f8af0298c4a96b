using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Contrasts about generated drawings: one question about two of them, and two questions about one.</summary>
/// <remarks>
/// <para>
/// Even indices are of two drawings (<see cref="Contrast.Image"/>): a caption, a number, or a colour that differs between them. Odd
/// ones are of one drawing (<see cref="Contrast.Instruction"/>): numbers or colours of two things in it. The answers are right where
/// they belong and wrong where they do not, as the truth of each example says.
/// </para>
/// <para>Everything follows from (seed, split, index), and splits share no collection of objects.</para>
/// </remarks>
public static class ShapesContrasts
{
    private const int Canvas = 64, Tries = 100_000;

    /// <summary>The contrast at an index.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where its drawings belong.</param>
    /// <param name="index">0 and up.</param>
    public static ContrastPair Pair(long seed, Split split, long index)
    {
        var random = new RandomStream(seed, "shapes-contrasts", (long)split, index);
        string id = string.Create(CultureInfo.InvariantCulture, $"shapes-contrast-{split.ToString().ToLowerInvariant()}-{seed}-{index}");
        for (int i = 0; i < Tries; i++)
            if ((index % 2 == 0 ? OfDrawings(random, split) : OfQuestions(random, split)) is var ((first, one), (second, other))
                && one.Answer != other.Answer)
                return ContrastPair.Of(Example($"{id}.a", first, one), one.Answer, Example($"{id}.b", second, other), other.Answer);
        throw new InvalidOperationException($"no contrast in {Tries} attempts: {id}");
    }

    /// <summary>The contrasts from an index on.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where their drawings belong.</param>
    /// <param name="count">How many.</param>
    public static IEnumerable<ContrastPair> Pairs(long seed, Split split, int count) =>
        Enumerable.Range(0, count).Select(index => Pair(seed, split, index));

    private readonly record struct Question(string Kind, string Text, Truth Truth, string Answer);

    // One question about two drawings.
    private static ((Drawing, Question), (Drawing, Question))? OfDrawings(RandomStream random, Split split)
    {
        Func<Scene, Question?> ask = random.Next(4) switch { 0 => Color(random), 1 => Count(random), _ => Caption };
        return Any(random, split) is { } first && Any(random, split) is { } second && ask(first) is { } one && ask(second) is { } other
            ? ((new(first), one), (new(second), other)) : null;
    }

    // Two questions about one drawing.
    private static ((Drawing, Question), (Drawing, Question))? OfQuestions(RandomStream random, Split split)
    {
        (Func<Scene, Question?> ask, Func<Scene, Question?> again) =
            random.Next(2) == 0 ? (Color(random), Color(random)) : (Count(random), Count(random));
        if (Any(random, split) is not { } scene || ask(scene) is not { } one || again(scene) is not { } other || one.Text == other.Text)
            return null;
        Drawing drawing = new(scene);
        return ((drawing, one), (drawing, other));
    }

    private static Scene? Any(RandomStream random, Split split) => Layout.Try(random, ShapesGround.AnyAppearances(random), split, Canvas);

    private static Question? Caption(Scene scene) => new("caption", "Describe the image.", ShapesSentences.TruthOf(scene),
        ShapesGround.Sentence([.. ShapesGround.InOrder(scene).Select(item => item.Appearance)]));

    private static Func<Scene, Question?> Color(RandomStream random)
    {
        var what = new Filter(null, null, random.Pick(Appearances.Shapes));
        return scene => scene.Items.Where(item => what.Matches(item.Appearance)).ToArray() is [var only]
            ? Word($"What color is the {what.Noun}?", Filter.Words(only.Appearance.Color)) : null;

        static Question Word(string text, string answer) => new("color", text, new Truth.Word(answer), answer);
    }

    private static Func<Scene, Question?> Count(RandomStream random)
    {
        Filter what = random.Next(2) == 0 ? new(null, null, random.Pick(Appearances.Shapes)) : new(null, random.Pick(Appearances.Colors), null);
        return scene => what.Count(scene.Items.Select(item => item.Appearance)) is var number
            ? new("count", $"How many {what.Plural} are there?", new Truth.Number(number), number.ToString(CultureInfo.InvariantCulture)) : null;
    }

    private static Example Example(string id, Drawing drawing, Question question) => new(
        id, question.Kind, [drawing.Image], [Message.User(question.Text, 1)], question.Truth, question.Answer);

    // One image for both questions about a scene: it is drawn once.
    private sealed record Drawing(Scene Scene)
    {
        public ImageSource Image { get; } = ImageSource.FromDrawing(() => Shapes.Draw(Scene));
    }
}
