using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm;

/// <summary>Prompts side by side, padded on the left so that all end at the same column.</summary>
/// <param name="Tokens">P x L ids, row by row; padding is 0 and never looked at.</param>
/// <param name="Positions">P x L: 0 at each prompt's first token, 0 on padding.</param>
/// <param name="Lengths">P real lengths.</param>
/// <param name="Prompts">The prompts in order.</param>
public sealed record PromptBatch(long[] Tokens, long[] Positions, int[] Lengths, IReadOnlyList<Prompt> Prompts)
{
    /// <summary>L: the longest prompt's length.</summary>
    public int Length => Tokens.Length / Lengths.Length;

    /// <summary>Lays the prompts out.</summary>
    /// <param name="prompts">P prompts.</param>
    /// <param name="context">Most tokens the model takes.</param>
    /// <param name="textOnly">Leaves their pixels out.</param>
    /// <exception cref="UsageException">A prompt leaves no room in the context.</exception>
    public static PromptBatch LeftPadded(IReadOnlyList<Prompt> prompts, int context, bool textOnly = false)
    {
        int[] lengths = [.. prompts.Select(prompt => prompt.Tokens.Length)];
        int longest = lengths.Max();
        if (longest > context)
            throw TooLong(prompts[Array.IndexOf(lengths, longest)], context);

        var tokens = new long[prompts.Count * longest];
        var positions = new long[prompts.Count * longest];
        for (int p = 0; p < prompts.Count; p++)
            for (int i = 0, at = (p + 1) * longest - lengths[p]; i < lengths[p]; i++, at++)
                (tokens[at], positions[at]) = (prompts[p].Tokens[i], i);
        return new PromptBatch(tokens, positions, lengths,
            textOnly ? [.. prompts.Select(prompt => prompt with { Pixels = null })] : prompts);
    }

    /// <summary>All prompts' pixels in order, stacked, made now; null where no prompt has an image.</summary>
    /// <exception cref="UsageException">An image cannot be decoded.</exception>
    public unsafe Tensor? Pixels(Device device)
    {
        PixelInput[] inputs = [.. Prompts.Select(prompt => prompt.Pixels).OfType<PixelInput>()];
        if (inputs.Length == 0)
            return null;

        Tensor pixels = TensorMemory.Unwritten([inputs.Sum(input => input.Shape[0]), .. inputs[0].Shape.AsSpan(1)]);
        float* values = TensorMemory.Floats(pixels);
        long at = 0;
        foreach (PixelInput input in inputs)
        {
            input.Write(new Span<float>(values + at, input.Count));
            at += input.Count;
        }
        return pixels.On(device);
    }

    private static UsageException TooLong(Prompt prompt, int context) => new(
        $"the prompt has {prompt.Tokens.Length} tokens, the model's context holds {context}",
        $"record {prompt.Id}", "use smaller images, a shorter question, or a model with a longer context");
}
