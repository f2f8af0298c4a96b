using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A question as asked about one scene.</summary>
/// <param name="Text">The question.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion.</param>
/// <param name="Alternate">What an annotator of the other convention writes; null where conventions agree.</param>
internal sealed record Asked(string Text, Truth Truth, string Answer, string? Alternate = null)
{
    public static Asked Word(string text, string answer) => new(text, new Truth.Word(answer), answer);

    public static Asked YesNo(string text, bool yes) => Word(text, yes ? "yes" : "no");
}

/// <summary>
/// A question whose wording, and for closed questions whose answer, is drawn before any scene: scenes are then made to
/// fit, so that the wording says nothing about the answer.
/// </summary>
/// <param name="Propose">Objects that are likely to fit.</param>
/// <param name="Ask">The question about a laid-out scene, or null where the scene does not fit.</param>
internal sealed record QuestionTemplate(
    Func<RandomStream, IReadOnlyList<Appearance>> Propose, Func<Scene, RandomStream, Asked?> Ask)
{
    private const int Attempts = 20_000;

    /// <summary>A template whose question is already complete; scenes need only pass the test.</summary>
    public static QuestionTemplate Fixed(
        Asked asked, Func<RandomStream, IReadOnlyList<Appearance>> propose, Func<Scene, bool> fits) =>
        new(propose, (scene, _) => fits(scene) ? asked : null);

    /// <summary>Draws scenes until one belongs to the split and fits the question.</summary>
    public (Scene Scene, Asked Asked) Instantiate(RandomStream random, Split split, int size)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
            if (Layout.Try(random, Propose(random), split, size) is { } scene && Ask(scene, random) is { } asked)
                return (scene, asked);
        throw new InvalidOperationException($"no scene of the {split} split fits the question in {Attempts} attempts");
    }
}

/// <summary>Puts objects on a canvas.</summary>
internal static class Layout
{
    private const int TriesPerItem = 40;

    /// <summary>A scene with these objects at random places; null where it is another split's or too full.</summary>
    public static Scene? Try(RandomStream random, IReadOnlyList<Appearance> appearances, Split split, int size)
    {
        // All channels at least 226, shading of 8 included: every object stays far from the ground.
        int ground = (random.Between(234, 250) << 16) | (random.Between(234, 250) << 8) | random.Between(234, 250);
        var scene = new Scene(size, [.. appearances.Select(appearance => new Item(appearance, 0, 0, 1, 0))], ground);
        if (scene.Split != split)
            return null;

        var placed = new List<Item>();
        foreach (Appearance appearance in appearances)
            if (Place(random, appearance, placed, size) is { } item)
                placed.Add(item);
        return placed.Count == appearances.Count ? scene with { Items = placed } : null;
    }

    private static Item? Place(RandomStream random, Appearance appearance, List<Item> placed, int size)
    {
        int side = (appearance.Size == Size.Small ? random.Between(9, 11) : random.Between(16, 20)) * size / 64;
        int shade = random.Between(-12, 12);
        for (int attempt = 0; attempt < TriesPerItem; attempt++)
        {
            int x = random.Between(1, size - side - 1), y = random.Between(1, size - side - 1);
            var item = new Item(appearance, x, y, side, shade);
            if (placed.TrueForAll(other => Apart(item, other, gap: 2)))
                return item;
        }

        return null;
    }

    private static bool Apart(Item a, Item b, int gap) =>
        a.X + a.Side + gap <= b.X || b.X + b.Side + gap <= a.X
        || a.Y + a.Side + gap <= b.Y || b.Y + b.Side + gap <= a.Y;
}
