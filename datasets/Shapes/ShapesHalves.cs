using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>The two halves that latent actions are learned from: drawings with words, and words alone.</summary>
public static partial class Shapes
{
    private static readonly string[] s_requests =
        ["Describe an image.", "Describe some objects.", "What could an image show?", "Name some objects."];

    // Questions whose answer follows from sizes, colours and shapes alone: what a description always says.
    private static readonly string[] s_told = ["count", "exists", "color", "shape", "compare"];

    /// <summary>
    /// A drawing and what is said of it: a description in turn with one of the kinds of the options. No collection of
    /// objects is both here and in <see cref="TextOnly"/>, nor in two splits.
    /// </summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where the scene must belong.</param>
    /// <param name="index">0 and up; even ones are descriptions.</param>
    /// <param name="options">Canvas and kinds; null for closed questions and boxes on 64 pixels.</param>
    /// <exception cref="UsageException">A kind or size the generator does not know, or the kind "text".</exception>
    public static Example Paired(long seed, Split split, long index, ShapesOptions? options = null) =>
        ToExample(PairedQuestion(seed, split, index, options));

    /// <summary><see cref="Paired"/> before it is drawn.</summary>
    /// <exception cref="UsageException">As <see cref="Paired"/>.</exception>
    internal static ShapesQuestion PairedQuestion(long seed, Split split, long index, ShapesOptions? options = null)
    {
        options ??= new ShapesOptions();
        Check(options);
        if (options.Kinds.Contains("text"))
            throw new UsageException(
                "the kind 'text' has no drawing, and the paired half is of drawings with words",
                $"Kinds = {string.Join(' ', options.Kinds)}",
                "kinds without 'text'; Shapes.TextOnly gives words alone");

        string kind = index % 2 == 0 ? "describe" : options.Kinds[(int)(index / 2 % options.Kinds.Count)];
        for (long attempt = 0; ; attempt++)
        {
            var random = new RandomStream(seed, "shapes-paired", (long)split, index, attempt);
            (Scene scene, Asked asked) = PlanOf(kind, random).Realise(random, split, options.Size);
            if (Splits.IsTold(scene.Signature))
                continue;
            string text = options.Hints ? $"{asked.Text} {Hint(asked.Truth, kind)}" : asked.Text;
            return new ShapesQuestion(
                HalfId("paired", seed, split, index), kind, scene, text, asked.Truth, Answer(asked, options, random));
        }
    }

    /// <summary>
    /// Words about a scene no drawing is shown of, in the language of <see cref="Paired"/>: two descriptions (kind
    /// "tell") for each closed question about a described scene (kind "told"). Endless, and no scene is in two splits.
    /// </summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where the scene must belong.</param>
    /// <param name="index">0 and up; every third is a question.</param>
    public static Example TextOnly(long seed, Split split, long index)
    {
        ShapesQuestion question = TextOnlyQuestion(seed, split, index);
        return ToExample(question with { Scene = null });
    }

    /// <summary><see cref="TextOnly"/> with the scene that is told of.</summary>
    internal static ShapesQuestion TextOnlyQuestion(long seed, Split split, long index)
    {
        const int Size = 64;
        string kind = index % 3 == 2 ? s_told[(int)(index / 3 % s_told.Length)] : "describe";
        for (long attempt = 0; ; attempt++)
        {
            var random = new RandomStream(seed, "shapes-text", (long)split, index, attempt);
            (Scene scene, Asked asked) = PlanOf(kind, random).Realise(random, split, Size);
            if (!Splits.IsTold(scene.Signature))
                continue;
            string id = HalfId("text", seed, split, index);
            return kind == "describe"
                ? new ShapesQuestion(
                    id, "tell", scene, random.Pick(s_requests), new Truth.Passage(asked.Answer), asked.Answer)
                : new ShapesQuestion(
                    id, "told", scene, $"{ShapesSentences.Sentences(scene, random)} {asked.Text}", asked.Truth,
                    asked.Answer);
        }
    }

    private static string HalfId(string half, long seed, Split split, long index) => string.Create(
        CultureInfo.InvariantCulture, $"shapes-{half}-{split.ToString().ToLowerInvariant()}-{seed}-{index}");
}
