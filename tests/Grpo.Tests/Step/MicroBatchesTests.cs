namespace Vlm.Grpo.Tests.Step;

public class MicroBatchesTests
{
    // Lengths by prompt: long 9 2, short 1 1, silent 0, middle 4 3 4.
    private static readonly Rollout[] s_rollouts = [.. Of("long", 9, 2), .. Of("short", 1, 1), .. Of("silent", 0), .. Of("middle", 4, 3, 4)];

    [Fact]
    public void Prompts_stay_whole_and_short_completions_come_before_long_ones() => Assert.Equal(
        [[2, 3], [5, 6, 7], [0, 1]], MicroBatches.Plan(s_rollouts, most: 3));

    [Fact]
    public void Neighbours_in_length_share_a_part_where_they_fit() => Assert.Equal(
        [[2, 3, 5, 6, 7], [0, 1]], MicroBatches.Plan(s_rollouts, most: 6));

    [Fact]
    public void Only_a_prompt_larger_than_a_part_is_split() => Assert.Equal(
        [[2, 3], [5, 6], [7], [0, 1]], MicroBatches.Plan(s_rollouts, most: 2));

    private static IEnumerable<Rollout> Of(string id, params int[] lengths)
    {
        Prompt prompt = BigramPolicy.Prompt(id, 0);
        return lengths.Select(length => SupervisedUpdate.Target(prompt, new int[length]));
    }
}
