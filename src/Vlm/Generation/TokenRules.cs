using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>What holds of the tokens of every policy, whatever its actions are.</summary>
internal static class TokenRules
{
    /// <summary>[V] 0, or <see cref="TokenDistribution.Never"/> on banned tokens and on rows that no token owns.</summary>
    /// <remarks>A sampled image placeholder would ask for an image that is not there, and break the next pass.</remarks>
    /// <param name="model">Its vocabulary and device.</param>
    /// <param name="banned">Ids that are never sampled.</param>
    /// <param name="vocabulary">Ids from here on are owned by no token.</param>
    internal static Tensor Bans(IVisionLanguageModel model, IReadOnlyList<int> banned, int vocabulary) =>
        Bans(model.VocabSize, model.Device, banned, vocabulary);

    /// <summary>The same for an output layer of so many rows.</summary>
    internal static Tensor Bans(int rows, Device device, IReadOnlyList<int> banned, int vocabulary)
    {
        var bans = new float[rows];
        bans.AsSpan(Math.Min(vocabulary, bans.Length)).Fill(TokenDistribution.Never);
        foreach (int token in banned.Where(token => token < bans.Length))
            bans[token] = TokenDistribution.Never;
        return tensor(bans).On(device).DetachFromDisposeScope();
    }

    /// <summary>Refuses prompts that leave no room for what will be sampled.</summary>
    /// <param name="context">Most tokens of a prompt and its completion.</param>
    /// <param name="prompts">What is asked.</param>
    /// <param name="sampling">How many tokens may be sampled.</param>
    /// <exception cref="UsageException">Names the record.</exception>
    internal static void CheckRoom(int context, IReadOnlyList<Prompt> prompts, Sampling sampling)
    {
        foreach (Prompt prompt in prompts)
            if (prompt.Tokens.Length + sampling.MaxNewTokens > context)
                throw new UsageException(
                    $"the prompt's {prompt.Tokens.Length} tokens and {sampling.MaxNewTokens} new ones exceed the "
                    + $"model's context of {context}",
                    $"record {prompt.Id}", "use smaller images, a shorter question, or fewer new tokens");
    }
}
