namespace Vlm.Rewards;

/// <summary>A completion as a policy sampled it: rewards of lengths and repetitions look at its tokens.</summary>
/// <param name="Text">What the model wrote, special tokens dropped.</param>
/// <param name="Tokens">The token ids, the one that ends them included; null where only the text is known.</param>
public sealed record SampledText(string Text, IReadOnlyList<int>? Tokens = null);
