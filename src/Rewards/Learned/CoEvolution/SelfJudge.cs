namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>An answer that a policy judged, and answered again where it did not believe it.</summary>
/// <param name="First">The first answer.</param>
/// <param name="Last">The one that stands, as an answer to the original prompt; the first where it was believed.</param>
/// <param name="Again">How often it was asked again.</param>
public sealed record SelfJudged(Rollout First, Rollout Last, int Again);

/// <summary>Answer, ask the same model whether that is right, and where it says no answer again beside the wrong answer.</summary>
/// <remarks>
/// SPARK's test-time scaling, arXiv:2509.22624: no verifier is asked. A reply that does not say no believes; a rollout without an answer
/// is asked again without being judged. After the last try nobody asks any more.
/// </remarks>
public static class SelfJudge
{
    /// <summary>Answers all prompts.</summary>
    /// <param name="sampler">Answers and judges.</param>
    /// <param name="prompts">What is asked.</param>
    /// <param name="ask">Makes the prompt of an item; null where it would be too long, and the answer then stands.</param>
    /// <param name="most">Most times that a prompt is asked again, N of the paper.</param>
    /// <param name="sampling">Of answers and of verdicts.</param>
    /// <param name="key">Names the random numbers: the same key, the same answers, however prompts are batched.</param>
    /// <param name="cancel">Looked at before each token.</param>
    /// <returns>One for each prompt.</returns>
    public static IReadOnlyList<SelfJudged> Answer(
        ISampler sampler, IReadOnlyList<Prompt> prompts, Func<Example, Prompt?> ask, int most, Sampling sampling, SampleKey key,
        CancellationToken cancel = default)
    {
        SelfJudged[] answers = [.. sampler.Sample(prompts, 1, sampling, key, cancel).Select(first => new SelfJudged(first, first, 0))];
        int[] open = [.. Enumerable.Range(0, answers.Length)];
        for (int round = 0; round < most && open.Length > 0; round++)
        {
            int[] doubted = Doubted(round);
            foreach ((int i, Rollout again) in Asked(doubted, ItemForm.WrongSolution, round, (2 * round) + 2))
                answers[i] = answers[i] with { Last = again with { Prompt = prompts[i] }, Again = answers[i].Again + 1 };
            open = [.. doubted.Where(i => answers[i].Again == round + 1)];
        }

        return answers;

        int[] Doubted(int round)
        {
            int[] silent = [.. open.Where(i => Said(i) is null)];
            return [.. Asked([.. open.Except(silent)], ItemForm.YesNo, round, (2 * round) + 1)
                .Where(verdict => YesNo.Score(verdict.Item2.Text, truth: false).Value >= 1)
                .Select(verdict => verdict.Item1).Concat(silent).Order()];
        }

        string? Said(int i) => prompts[i].Example.Read(answers[i].Last.Text).Text;

        // Calls of one prompt have streams of their own: the step says which call it is.
        IEnumerable<(int, Rollout)> Asked(int[] which, ItemForm form, int round, int call)
        {
            (int Index, Prompt Prompt)[] all = [.. which.Select(i => (i, ask(Item(i, form, round).On(prompts[i].Example))))
                .Where(one => one.Item2 is not null)!];
            foreach ((int Index, Prompt Prompt)[] run in sampling.Greedy ? [all] : Runs(all))
                foreach ((int at, Rollout rollout) in run.Length == 0 ? [] : sampler.Sample(
                    [.. run.Select(one => one.Prompt)], 1, sampling,
                    new(key.Seed, key.Step + call, key.FirstPrompt + run[0].Index), cancel).Index())
                    yield return (run[at].Index, rollout);
        }

        CoEvolutionItem Item(int i, ItemForm form, int round)
        {
            string text = answers[i].Last.Text;
            string shown = form == ItemForm.YesNo ? Said(i)! : text;
            return new(i, form, round % ItemWordings.Of(form).Count, [shown], false, null);
        }
    }

    // Prompts whose numbers follow each other are sampled together: the sampler numbers them so.
    private static IEnumerable<(int Index, Prompt Prompt)[]> Runs((int Index, Prompt Prompt)[] all) =>
        all.Index().GroupBy(one => one.Item.Index - one.Index, one => one.Item).Select(run => run.ToArray());
}
