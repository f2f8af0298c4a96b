using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>One stage of a curriculum that goes from easy questions to hard ones: a run of GRPO that starts where the stage before ended.</summary>
/// <param name="Name">What it is called in the run.</param>
/// <param name="PromptWeight">How its prompts are weighed: a row of <see cref="PromptWeight.Table"/>.</param>
/// <param name="PaysLength">Wrong answers lose for a length that right ones do not have.</param>
/// <remarks>
/// Progressive curriculum reinforcement learning (PCuRL) of VL-Cogito, Yuan et al. 2025, arXiv:2507.22607, section 3;
/// github.com/alibaba-damo-academy/VL-Cogito, examples/stage1.sh to stage3.sh.
/// </remarks>
public sealed record ProgressiveStage(string Name, string PromptWeight, bool PaysLength)
{
    private const string Length = "dynamic_length";

    /// <summary>The paper's three: weights for easy, medium and hard prompts, the last with the dynamic length reward.</summary>
    public static IReadOnlyList<ProgressiveStage> VlCogito { get; } =
        [new("easy", "odsw-easy", false), new("medium", "odsw-medium", false), new("hard", "odsw-hard", true)];

    /// <summary>A prompt with what the stage pays: what its example says, and the length reward beside it.</summary>
    /// <param name="prompt">Of the data.</param>
    public Prompt On(Prompt prompt)
    {
        RewardSet own = prompt.Example.Rewards ?? prompt.Example.Truth.Kind.Rewards;
        return !PaysLength || own.Parts.Any(part => part.Reward.Name == Length) ? prompt : prompt with
        {
            Example = prompt.Example with
            {
                Rewards = new RewardSet([.. own.Parts, new(Reward.Table[Length], 1)], own.Accuracy).WithAnswerFormat(own.Format),
            },
        };
    }

    /// <summary>The batch with its advantages times the stage's weights of its prompts.</summary>
    /// <param name="batch">With advantages, which are scaled already.</param>
    /// <returns>The batch, and the mean weight.</returns>
    /// <exception cref="UsageException">The rewards do not say which answers are right.</exception>
    public (Batch Batch, StepStats Stats) Weigh(Batch batch) => Grpo.PromptWeight.Apply(batch, PromptWeight);
}
