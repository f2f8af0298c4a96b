using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A generated question in NLVR's manner, before it is drawn.</summary>
/// <param name="Id">Names split, seed and index.</param>
/// <param name="Kind">"nlvr" or "nlvr-ground".</param>
/// <param name="Scene">What it is about.</param>
/// <param name="Text">The question.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion.</param>
internal sealed record NlvrQuestion(string Id, string Kind, NlvrScene Scene, string Text, Truth Truth, string Answer);

/// <summary>
/// Drawings and statements generated in NLVR's manner, to warm up on before the sentences people wrote. Everything
/// follows from (seed, split, index); no collection of objects is in two splits.
/// </summary>
public static class NlvrLike
{
    private const int Attempts = 500;
    private const int MaxListed = 6;

    /// <summary>The kinds in the order they are asked when none are named.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["nlvr", "nlvr-ground"];

    /// <summary>Every kind there is: "nlvr-detect" asks for all objects of one of the three boxes.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Kinds, "nlvr-detect"];

    /// <summary>The question at an index, before it is drawn.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where the scene must belong.</param>
    /// <param name="index">0 and up.</param>
    /// <param name="kinds">Asked in turn by index; null for <see cref="Kinds"/>.</param>
    internal static NlvrQuestion Question(long seed, Split split, long index, IReadOnlyList<string>? kinds = null)
    {
        kinds ??= Kinds;
        string kind = kinds[(int)(index % kinds.Count)];
        if (!All.Contains(kind))
            throw new UsageException(
                $"the drawings in NLVR's manner know no kind of question named '{kind}'",
                $"Kinds = {string.Join(' ', kinds)}", $"Kinds = {string.Join(' ', All)}");

        var random = new RandomStream(seed, "nlvr-like", (long)split, index);
        string id = string.Create(
            CultureInfo.InvariantCulture, $"nlvrlike-{split.ToString().ToLowerInvariant()}-{seed}-{index}");
        return kind switch
        {
            "nlvr" => Judge(id, split, random),
            "nlvr-ground" => Point(id, split, random),
            _ => Detect(id, split, random),
        };
    }

    /// <summary>The example at an index.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where the scene must belong.</param>
    /// <param name="index">0 and up.</param>
    /// <param name="kinds">Asked in turn by index; null for <see cref="Kinds"/>.</param>
    /// <exception cref="UsageException">There is no such kind.</exception>
    public static Example Example(long seed, Split split, long index, IReadOnlyList<string>? kinds = null)
    {
        NlvrQuestion question = Question(seed, split, index, kinds);
        return new Example(
            question.Id, question.Kind, [ImageSource.FromDrawing(question.Scene.Draw)], [Message.User(question.Text, images: 1)], question.Truth,
            question.Answer);
    }

    /// <summary>The question about a sentence; the same words for people's sentences and generated ones.</summary>
    internal static string Ask(string sentence) => $"{sentence.TrimEnd('.')}. True or false?";

    /// <summary>The question for an object's box; the same for drawings of NLVR and generated ones.</summary>
    internal static Example Pointing(string id, ImageSource image, string phrase, Box box)
    {
        string answer = Answer(box);
        Message message = Message.User(Find(phrase), images: 1);
        return new Example(id, "nlvr-ground", [image], [message], Region(box), answer);
    }

    private static NlvrQuestion Judge(string id, Split split, RandomStream random)
    {
        bool truth = random.Next(2) == 0;
        while (true)
        {
            NlvrStatement statement = NlvrStatements.Any(random);
            if (Pair(statement, split, random) is not var (right, wrong))
                continue;
            string answer = truth ? "true" : "false";
            return new NlvrQuestion(
                id, "nlvr", truth ? right : wrong, Ask(statement.Text), new Truth.Word(answer), answer);
        }
    }

    // A drawing that makes the statement true and one that makes it false, or null where one of them is too rare.
    // Both are looked for whatever the answer will be: otherwise rare statements would be asked only where false, and
    // the words alone would tell.
    private static (NlvrScene Right, NlvrScene Wrong)? Pair(NlvrStatement statement, Split split, RandomStream random)
    {
        NlvrScene? right = null, wrong = null;
        for (int attempt = 0; attempt < Attempts && (right is null || wrong is null); attempt++)
        {
            NlvrScene scene = NlvrScenes.Any(random, statement.Towers);
            bool holds = statement.Holds(scene);
            if ((holds ? right : wrong) is not null || NlvrScenes.SplitOf(scene) != split)
                continue;
            (right, wrong) = holds ? (scene, wrong) : (right, scene);
        }

        return right is null || wrong is null ? null : (right, wrong);
    }

    private static NlvrQuestion Point(string id, Split split, RandomStream random)
    {
        while (true)
        {
            NlvrScene scene = NlvrScenes.Any(random, towers: random.Next(3) == 0);
            if (NlvrScenes.SplitOf(scene) == split && NlvrPhrases.Some(scene, random) is var (phrase, box))
                return new NlvrQuestion(id, "nlvr-ground", scene, Find(phrase), Region(box), Answer(box));
        }
    }

    private static NlvrQuestion Detect(string id, Split split, RandomStream random)
    {
        while (true)
        {
            NlvrScene scene = NlvrScenes.Any(random, towers: random.Next(3) == 0);
            int box = random.Next(3);
            if (NlvrScenes.SplitOf(scene) != split || scene.Boxes[box].Count is 0 or > MaxListed)
                continue;
            string answer = string.Join("; ", scene.Boxes[box].OrderBy(item => item.X).ThenBy(item => item.Y)
                .Select(item => $"{NlvrPhrases.Noun(item)} {Answer(NlvrScene.BoxOf(box, item))}"));
            string text = $"List the objects in the {NlvrPhrases.PlaceOf(box)} box.";
            return new NlvrQuestion(id, "nlvr-detect", scene, text, new Truth.Word(answer), answer);
        }
    }

    private static string Find(string phrase) => $"Give the box of {phrase}.";

    private static Truth.Region Region(Box box) => new(box, Frame.OriginalPixels, NlvrScene.Width, NlvrScene.Height);

    private static string Answer(Box box) =>
        string.Create(CultureInfo.InvariantCulture, $"[{box.X1},{box.Y1},{box.X2},{box.Y2}]");
}
