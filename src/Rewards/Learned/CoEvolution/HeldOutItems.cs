namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>
/// Items to measure a judge by: classes, letters and sides as often each, so that one that looks at nothing is right half the time.
/// </summary>
public static class HeldOutItems
{
    /// <summary>
    /// As many right as wrong answers to judge, at most one of each from a question; a pair of each mixed group; a reflection of each group
    /// with a wrong answer.
    /// </summary>
    /// <param name="groups">Of held-out questions, answered by the policy as it is.</param>
    /// <param name="seed">Chooses answers and wordings.</param>
    public static IReadOnlyList<CoEvolutionItem> Of(IReadOnlyList<GradedGroup> groups, long seed)
    {
        List<CoEvolutionItem> right = [], wrong = [], pairs = [], reflections = [];
        foreach ((int i, GradedGroup group) in groups.Index())
        {
            var random = new RandomStream(seed, "co-evolution-held-out", i);
            Add(right, group, random);
            Add(wrong, group, random);
            if (group.Readable(right: true) is { Length: > 0 } some && group.Readable(right: false) is { Length: > 0 } others
                && CoEvolutionItems.Pair(group.Source, random.Pick(some), random.Pick(others), Letter(pairs.Count), random) is { } pair)
                pairs.Add(pair);
            ItemForm form = reflections.Count % 2 == 0 ? ItemForm.WrongSolution : ItemForm.WrongAnswer;
            if (CoEvolutionItems.Reflected(group, form, random) is { } reflection)
                reflections.Add(reflection);
        }

        int classes = Math.Min(right.Count, wrong.Count);
        return [.. right.Take(classes), .. wrong.Take(classes), .. pairs, .. reflections];

        // Of four in a row two ask for yes or no, one calls right A and one B.
        void Add(List<CoEvolutionItem> items, GradedGroup group, RandomStream random)
        {
            ItemForm form = items.Count % 2 == 0 ? ItemForm.YesNo : ItemForm.Letters;
            if (group.Readable(items == right) is { Length: > 0 } some)
                items.Add(CoEvolutionItems.Pointwise(group.Source, random.Pick(some), form, Letter(items.Count / 2), random));
        }
    }

    private static char Letter(int number) => number % 2 == 0 ? 'A' : 'B';
}
