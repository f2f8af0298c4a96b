using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;

namespace Cli.Tests;

internal static class Batches
{
    /// <summary>One sample of one action.</summary>
    public static Batch One(string question, string answer, double reward)
    {
        Example example = Example.Ask([Message.User(question)], [], "a");
        var rollout = new Rollout(new Prompt(example, question, [1], null, []), 0, [2], [2], [0], answer, StopReason.EndOfSequence);
        return new([new Sample(rollout, TotalScore.Of([new ScorePart("iou", 1, new Score(reward, "iou"))]))]);
    }
}
