using System.Globalization;
using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A generated question before its scene is drawn; tests look at the scene.</summary>
/// <param name="Id">Names split, seed and index.</param>
/// <param name="Kind">One of <see cref="ShapesOptions.Known"/>, or a kind of <see cref="Shapes.TextOnly"/>.</param>
/// <param name="Scene">What it is about; null for text alone.</param>
/// <param name="Text">The question.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion.</param>
internal sealed record ShapesQuestion(string Id, string Kind, Scene? Scene, string Text, Truth Truth, string Answer);

/// <summary>
/// Questions about generated drawings of two to six coloured shapes. Everything follows from (seed, split, index): the
/// set has no end, needs no file, and any example can be made again alone.
/// </summary>
/// <remarks>
/// Splits share no collection of objects (<see cref="Scene.Split"/>), whatever the seed. Wording and answer of a closed
/// question are drawn independently, so neither a constant nor a reader of the question alone does better than chance.
/// </remarks>
public static partial class Shapes
{
    /// <summary>The question at an index, with its scene.</summary>
    internal static ShapesQuestion Question(long seed, Split split, long index, ShapesOptions? options = null)
    {
        options ??= new ShapesOptions();
        Check(options);
        string kind = options.Kinds[(int)(index % options.Kinds.Count)];
        var random = new RandomStream(seed, "shapes", (long)split, index);

        (Scene? scene, Asked asked) = kind == "text"
            ? (null, ShapesText.Ask(random, split))
            : TemplateOf(kind, random).Instantiate(random, split, options.Size);
        string text = options.Hints ? $"{asked.Text} {Hint(asked.Truth, kind)}" : asked.Text;
        return new ShapesQuestion(Id(seed, split, index), kind, scene, text, asked.Truth, Answer(asked, options, random));
    }

    /// <summary>
    /// One question of each kind about one drawing, for training that looks once and answers often. The kinds take turns in
    /// drawing the scene; one that finds nothing to ask about it is left out.
    /// </summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where the scene must belong.</param>
    /// <param name="index">Number of the drawing.</param>
    /// <param name="options">Its kinds, without "text", are asked in order from the one that draws.</param>
    public static IReadOnlyList<Example> Examples(long seed, Split split, long index, ShapesOptions options)
    {
        IReadOnlyList<ShapesQuestion> questions = Questions(seed, split, index, options);
        ImageSource drawing = Draw(questions[0].Scene!);
        return [.. questions.Select(question => ToExample(question, [drawing]))];
    }

    internal static IReadOnlyList<ShapesQuestion> Questions(long seed, Split split, long index, ShapesOptions options)
    {
        Check(options);
        int count = options.Kinds.Count, first = (int)(index % count);
        var random = new RandomStream(seed, "shapes-questions", (long)split, index);
        (Scene scene, Asked asked) = TemplateOf(options.Kinds[first], random).Instantiate(random, split, options.Size);

        var questions = new List<ShapesQuestion> { Named(first, asked) };
        for (int i = first + 1; i < first + count; i++)
            if (About(scene, options.Kinds[i % count], random) is { } other)
                questions.Add(Named(i % count, other));
        return questions;

        ShapesQuestion Named(int kind, Asked asked) => new(
            string.Create(CultureInfo.InvariantCulture, $"{Id(seed, split, index)}.{kind}"),
            options.Kinds[kind], scene, asked.Text, asked.Truth, Answer(asked, options, random));
    }

    private static string Id(long seed, Split split, long index) => string.Create(
        CultureInfo.InvariantCulture, $"shapes-{split.ToString().ToLowerInvariant()}-{seed}-{index}");

    private static string Answer(Asked asked, ShapesOptions options, RandomStream random) =>
        options.AlternateAnnotatorRate > 0 && asked.Alternate is { } alternate
        && random.NextDouble() < options.AlternateAnnotatorRate ? alternate : asked.Answer;

    // Wordings and answers are drawn until they fit the scene.
    private static Asked? About(Scene scene, string kind, RandomStream random)
    {
        const int Tries = 300;
        for (int i = 0; i < Tries; i++)
            if (TemplateOf(kind, random).Ask(scene, random) is { } asked)
                return asked;
        return null;
    }

    /// <summary>The scene at an index; null where the kind at that index is "text".</summary>
    public static Scene? Scene(long seed, Split split, long index, ShapesOptions? options = null) =>
        Question(seed, split, index, options).Scene;

    /// <summary>The pixels of a scene.</summary>
    public static RgbImage Draw(Scene scene) => ShapesDrawing.Draw(scene);

    /// <summary>The edges, in pixels, of what is drawn of one object.</summary>
    public static Box BoxOf(Item item) => ShapesDrawing.BoxOf(item);

    /// <summary>The example at an index.</summary>
    public static Example Example(long seed, Split split, long index, ShapesOptions? options = null) =>
        ToExample(Question(seed, split, index, options));

    private static Example ToExample(ShapesQuestion question) =>
        ToExample(question, question.Scene is { } scene ? [ImageSource.FromDrawing(() => Draw(scene))] : []);

    private static Example ToExample(ShapesQuestion question, IReadOnlyList<ImageSource> images) => new(
        question.Id, question.Kind, images, [Message.User(question.Text, images.Count)], question.Truth, question.Answer);

    private static QuestionTemplate TemplateOf(string kind, RandomStream random) => kind switch
    {
        "count" => ShapesQuestions.Count(random),
        "exists" => ShapesQuestions.Exists(random),
        "color" => ShapesQuestions.Color(random),
        "shape" => ShapesQuestions.Shape(random),
        "compare" => ShapesQuestions.Compare(random),
        "relation" => ShapesQuestions.Relate(random),
        "ground" => ShapesGround.Ground(random),
        "detect" => ShapesGround.Detect(random),
        "region" => ShapesGround.Region(random),
        "describe" => ShapesSentences.Describe(random),
        "block" => ShapesPosition.Block(random),
        "place" => ShapesPosition.Place(random),
        _ => ShapesGround.Caption(random),
    };

    private static string Hint(Truth truth, string kind) => truth switch
    {
        Truth.Region => "Answer as [x1,y1,x2,y2] in pixels.",
        Truth.Number => "Answer with a number.",
        Truth.Word { Answer: "yes" or "no" } => "Answer yes or no.",
        _ => kind switch
        {
            "caption" => "Answer with one sentence.",
            "describe" => "Answer with sentences.",
            "detect" => "Answer with names and boxes [x1,y1,x2,y2] in pixels, from left to right.",
            "region" or "block" => "Answer with size, color and shape.",
            "place" => "Answer with a number.",
            _ => "Answer with one word.",
        },
    };

    private static void Check(ShapesOptions options)
    {
        if (options.Size is < 32 or > 512)
            throw new UsageException(
                $"a canvas of {options.Size} pixels; the shapes need 32 to 512", $"Size = {options.Size}", "Size = 64");
        if (options.Kinds.Count == 0 || options.Kinds.Any(kind => !ShapesOptions.Known.Contains(kind)))
            throw new UsageException(
                $"the shapes dataset knows no kind of question named {Wrong(options.Kinds)}",
                $"Kinds = {string.Join(' ', options.Kinds)}",
                $"Kinds = {string.Join(' ', ShapesOptions.Known)}");
    }

    private static string Wrong(IReadOnlyList<string> kinds) =>
        $"'{kinds.FirstOrDefault(kind => !ShapesOptions.Known.Contains(kind))}'";
}
