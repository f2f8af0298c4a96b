namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>What a step's rollouts became.</summary>
/// <param name="Items">Judge items, then reflections, each in the order of their questions.</param>
/// <param name="Unparsable">Rollouts without an answer, which no item shows.</param>
/// <param name="Skipped">Items that were due and could not be made, because all answers they may show are unparsable.</param>
/// <param name="LeftOut">Items beyond the most of a step.</param>
public sealed record ItemDraw(IReadOnlyList<CoEvolutionItem> Items, int Unparsable, int Skipped, int LeftOut);

/// <summary>Makes judge items and reflections of a policy's own rollouts.</summary>
/// <remarks>
/// SPARK, arXiv:2509.22624, and its released code. For each question: where all rollouts are right, or all wrong, one of them is judged;
/// else a share of the questions shows a right and a wrong one, and the rest one of a random class. Questions with a wrong rollout also
/// are asked again: those of the first half of the step beside the whole wrong solution, those of the second half beside its answer. Here a
/// group without a wrong answer is judged by a random rollout, where the released code takes the first.
/// </remarks>
public static class CoEvolutionItems
{
    /// <summary>The items of a step.</summary>
    /// <param name="groups">Of the step, in order.</param>
    /// <param name="options">Shares and limits.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="step">Names the random numbers, with the number of each group.</param>
    public static ItemDraw Draw(IReadOnlyList<GradedGroup> groups, CoEvolutionOptions options, long seed, long step)
    {
        var judge = new List<CoEvolutionItem>();
        var reflections = new List<CoEvolutionItem>();
        int skipped = 0;
        foreach ((int i, GradedGroup group) in groups.Index())
        {
            var random = new RandomStream(seed, "co-evolution", step, i);
            Take(Judged(group, options.PairwiseShare, random), judge);
            if (group.Answers.Any(answer => !answer.IsRight))
                Take(Reflected(group, 2 * i < groups.Count ? ItemForm.WrongSolution : ItemForm.WrongAnswer, random), reflections);
        }

        CoEvolutionItem[] kept = [.. Some(judge, options.JudgeItems, 0), .. Some(reflections, options.ReflectionItems, 1)];
        return new(kept, groups.Sum(group => group.Answers.Count(answer => answer.Answer is null)), skipped,
            judge.Count + reflections.Count - kept.Length);

        void Take(CoEvolutionItem? item, List<CoEvolutionItem> to)
        {
            if (item is null)
                skipped++;
            else
                to.Add(item);
        }

        IEnumerable<CoEvolutionItem> Some(List<CoEvolutionItem> items, int most, int which)
        {
            int[] order = [.. Enumerable.Range(0, items.Count)];
            new RandomStream(seed, "co-evolution-kept", step, which).Shuffle<int>(order);
            return order.Take(most).Order().Select(i => items[i]);
        }
    }

    /// <summary>One answer to judge; which letter means right, where letters do, is random.</summary>
    internal static CoEvolutionItem Pointwise(long source, GradedAnswer answer, ItemForm form, char letter, RandomStream random) =>
        new(source, form, Wording(form, random), [answer.Answer!], answer.IsRight, form == ItemForm.Letters ? letter : null);

    /// <summary>Two answers to compare, the right one under a letter; null where both read the same.</summary>
    internal static CoEvolutionItem? Pair(long source, GradedAnswer right, GradedAnswer wrong, char letter, RandomStream random) =>
        right.Answer == wrong.Answer ? null : new(source, ItemForm.Pairwise, Wording(ItemForm.Pairwise, random),
            letter == 'A' ? [right.Answer!, wrong.Answer!] : [wrong.Answer!, right.Answer!], true, letter);

    /// <summary>The question again; null where no wrong answer can be shown.</summary>
    internal static CoEvolutionItem? Reflected(GradedGroup group, ItemForm form, RandomStream random)
    {
        if (group.Readable(right: false) is not { Length: > 0 } wrong)
            return null;
        GradedAnswer answer = random.Pick(wrong);
        return new(group.Source, form, Wording(form, random), [form == ItemForm.WrongSolution ? answer.Text : answer.Answer!], false, null);
    }

    private static CoEvolutionItem? Judged(GradedGroup group, double pairwiseShare, RandomStream random)
    {
        GradedAnswer[] right = group.Readable(right: true), wrong = group.Readable(right: false);
        if (group.IsMixed && random.NextDouble() < pairwiseShare)
            return right.Length == 0 || wrong.Length == 0 ? null
                : Pair(group.Source, random.Pick(right), random.Pick(wrong), Letter(random), random);
        bool asked = group.IsMixed ? random.Next(2) == 0 : group.Answers.Any(answer => answer.IsRight);
        ItemForm form = random.Next(2) == 0 ? ItemForm.YesNo : ItemForm.Letters;
        return (asked ? right : wrong) is { Length: > 0 } some
            ? Pointwise(group.Source, random.Pick(some), form, Letter(random), random) : null;
    }

    private static char Letter(RandomStream random) => random.Next(2) == 0 ? 'A' : 'B';

    private static int Wording(ItemForm form, RandomStream random) => random.Next(ItemWordings.Of(form).Count);
}
