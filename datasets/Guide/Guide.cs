using System.Globalization;

namespace Vlm.Datasets;

/// <summary>
/// Pictures to tell someone about, in texts of 25 to 45 tokens; a dial says how much of them is wording that earns nothing. Everything
/// follows from (seed, split, index); pictures and plans are the same at every setting of the dial.
/// </summary>
/// <remarks>
/// Pictures are those of <see cref="Shapes"/> with two to four objects, split as they are. The plan of a reference answer is drawn evenly
/// from all, whoever listens; its words are drawn independently of plan, listener and picture. Each picture and plan comes twice, in two
/// wordings, <see cref="Apart"/> indices apart. docs/guide.md has the plan that each listener wants, and what is predicted of it.
/// </remarks>
public static class Guide
{
    /// <summary>Indices between the two wordings of a picture and a plan; a multiple of every number of listeners up to eight.</summary>
    public const int Apart = 840;

    private const int Canvas = 64;

    /// <summary>The example at an index.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Which pictures.</param>
    /// <param name="index">From 0.</param>
    /// <param name="roles">Who listens, in turn by index; null for all eight. At most eight.</param>
    /// <param name="dial">Words that mean the same: 1, 4 or 16.</param>
    /// <exception cref="UsageException">There is no such role or setting, or there are too many roles.</exception>
    public static Example Example(long seed, Split split, long index, IReadOnlyList<string>? roles = null, int dial = 1)
    {
        string role = RoleOf(index, roles ?? GuideRoles.All);
        (long pair, int wording) = PairOf(index);
        Scene scene = Drawn(seed, split, pair);
        IReadOnlyList<CaptionObject> objects = ShapesSentences.TruthOf(scene).Objects;
        var random = new RandomStream(seed, "guide-words", (long)split, pair, wording);
        string answer = GuideGrammar.Join(GuideGrammar.Concepts(PlanOf(seed, split, index), role, objects)
            .Select(name => GuideLexicon.Say(name, GuideLexicon.Check(dial), random)));
        return new(Id(seed, split, index), role, [ImageSource.FromDrawing(() => Shapes.Draw(scene))], [Message.User(Question(role), 1)],
            new GuideTruth(role, objects), answer);
    }

    /// <summary>Both wordings of a picture and a plan: for whoever declares that they are known to be two of one.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Which pictures.</param>
    /// <param name="pair">From 0.</param>
    /// <param name="roles">Who listens, as for <see cref="Example"/>.</param>
    /// <param name="dial">Words that mean the same: 1, 4 or 16.</param>
    /// <exception cref="UsageException">As for <see cref="Example"/>.</exception>
    public static (Example First, Example Second) Pair(
        long seed, Split split, long pair, IReadOnlyList<string>? roles = null, int dial = 1)
    {
        long first = (pair / Apart * 2 * Apart) + (pair % Apart);
        return (Example(seed, split, first, roles, dial), Example(seed, split, first + Apart, roles, dial));
    }

    /// <summary>The picture at an index.</summary>
    /// <inheritdoc cref="Example"/>
    public static Scene Scene(long seed, Split split, long index) => Drawn(seed, split, PairOf(index).Pair);

    /// <summary>The plan of the reference answer at an index.</summary>
    /// <inheritdoc cref="Example"/>
    public static GuidePlan PlanOf(long seed, Split split, long index) =>
        GuidePlan.Of(new RandomStream(seed, "guide-plan", (long)split, PairOf(index).Pair).Next(GuidePlan.Count));

    /// <summary>What is asked.</summary>
    /// <param name="role">Who listens.</param>
    public static string Question(string role) => $"Tell a {role} about the picture.";

    /// <summary>Texts in which every word of this task stands, for a vocabulary of whole words.</summary>
    /// <param name="dial">Words that mean the same: 1, 4 or 16.</param>
    /// <exception cref="UsageException">The dial has no such setting.</exception>
    public static IEnumerable<string> Texts(int dial) =>
        [.. GuideRoles.All.Select(Question), .. GuideLexicon.Words(dial).Select(word => $" {word}.")];

    // A block has the first wordings of its pairs, and then the second ones.
    private static (long Pair, int Wording) PairOf(long index)
    {
        (long block, long rest) = Math.DivRem(index, 2 * Apart);
        return ((block * Apart) + (rest % Apart), (int)(rest / Apart));
    }

    private static string RoleOf(long index, IReadOnlyList<string> roles)
    {
        if (roles.Count == 0 || roles.Count > GuideRoles.All.Count)
            throw new UsageException($"{roles.Count} roles in turn; there may be 1 to {GuideRoles.All.Count}",
                $"roles = {string.Join(' ', roles)}", $"roles = {string.Join(' ', GuideRoles.All)}");
        string role = roles[(int)(index % roles.Count)];
        return GuideRoles.All.Contains(role) ? role : throw new UsageException($"there is no role '{role}'",
            $"roles = {string.Join(' ', roles)}", $"roles = {string.Join(' ', GuideRoles.All)}");
    }

    private static Scene Drawn(long seed, Split split, long pair)
    {
        var random = new RandomStream(seed, "guide-scene", (long)split, pair);
        return new QuestionTemplate(Some, (scene, _) => Asked.Word("", "")).Instantiate(random, split, Canvas).Scene;
    }

    private static IReadOnlyList<Appearance> Some(RandomStream random) =>
        [.. Enumerable.Range(0, random.Between(GuideGrammar.FewestObjects, GuideGrammar.MostObjects)).Select(_ => Appearances.Any(random))];

    private static string Id(long seed, Split split, long index) => string.Create(
        CultureInfo.InvariantCulture, $"guide-{split.ToString().ToLowerInvariant()}-{seed}-{index}");
}
