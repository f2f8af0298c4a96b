using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>A prompt with what is right: all that training and scoring need of a dataset's example.</summary>
/// <param name="Prompt">What the policy is asked.</param>
/// <param name="Kind">The question's type; reports are split by it.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion, for supervised steps.</param>
public sealed record Question(Prompt Prompt, string Kind, Truth Truth, string Answer)
{
    /// <summary>True where the answer is a place in the image.</summary>
    public bool IsGrounding => Truth is Truth.Region;
}
