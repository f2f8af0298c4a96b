using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>
/// Drawings whose right answers follow a rule book that is not part of the question. Everything follows from (book, seed, split, index);
/// each outcome is right equally often.
/// </summary>
/// <remarks>
/// A small stand-in for ClevrPolicy of multimodal policy internalisation, Wang et al. 2025, arXiv:2510.09474: there a decision tree over
/// what is in a CLEVR scene. Splits share no collection of objects.
/// </remarks>
public static class RuleDrawings
{
    /// <summary>The only kind of question.</summary>
    public const string Kind = "rule";

    private const int Canvas = 64;

    /// <summary>The example at an index, asked without the rules; its answer thinks and then says.</summary>
    /// <param name="book">The rules.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Which drawings.</param>
    /// <param name="index">From 0.</param>
    public static Example Example(RuleBook book, long seed, Split split, long index)
    {
        var random = new RandomStream(seed, "rule-drawings", (long)split, index);
        int outcome = random.Next(book.Outcomes);
        string text = ShapesQuestions.Say(random, "What do the rules say?", "What is to be said?");
        var asked = new Asked(text, new Truth.Word(book.Action(outcome)), book.Thoughts(outcome));
        (Scene scene, _) = QuestionTemplate.Fixed(asked, ShapesGround.AnyAppearances, one => book.Decides(one) == outcome)
            .Instantiate(random, split, Canvas);
        string id = string.Create(CultureInfo.InvariantCulture, $"rules-{split.ToString().ToLowerInvariant()}-{seed}-{index}");
        return new(id, Kind, [ImageSource.FromDrawing(() => Shapes.Draw(scene))], [Message.User(text, 1)], asked.Truth, asked.Answer);
    }
}
