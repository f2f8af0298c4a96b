using static TorchSharp.torch;

namespace Vlm.Models;

/// <summary>
/// What a frozen vision tower makes of prompts, computed once while it is open: sampling, every micro-batch of an update and
/// the reference policy read the same features.
/// </summary>
internal sealed class VisionFeatureCache
{
    private readonly Lock _lock = new();
    private Dictionary<Prompt, Tensor[]>? _kept;

    /// <summary>Keeps features until the result is disposed. Where the tower learns, or it is open already, nothing changes.</summary>
    internal IDisposable Open(IVisionLanguageModel model)
    {
        bool learns = model.Parameters.Any(item => item.Value.requires_grad && model.PartOf(item.Name) == ModelPart.Vision);
        lock (_lock)
        {
            if (learns || _kept is not null)
                return new Closing(() => { });

            _kept = new(ReferenceEqualityComparer.Instance);
            return new Closing(Close);
        }
    }

    /// <summary>The tower's tensors for the images of a batch, in order; null without images.</summary>
    /// <param name="batch">The prompts.</param>
    /// <param name="encode">Runs the tower: tensors whose first dimension is that of <see cref="PixelInput.Shape"/>.</param>
    internal Tensor[]? Of(PromptBatch batch, Func<PromptBatch, Tensor[]?> encode)
    {
        lock (_lock)
            if (_kept is not null)
                return Kept(_kept, batch, encode);
        return encode(batch);
    }

    private Tensor[]? Kept(Dictionary<Prompt, Tensor[]> kept, PromptBatch batch, Func<PromptBatch, Tensor[]?> encode)
    {
        Prompt[] seen = [.. batch.Prompts.Where(prompt => prompt.Pixels is not null)];
        if (seen.Length == 0)
            return null;
        Prompt[] missing = [.. seen.Where(prompt => !kept.ContainsKey(prompt)).Distinct<Prompt>(ReferenceEqualityComparer.Instance)];
        if (missing.Length > 0)
            Add(missing, () => encode(batch with { Prompts = missing })!);
        return [.. Enumerable.Range(0, kept[seen[0]].Length)
            .Select(k => cat([.. seen.Select(prompt => kept[prompt][k])]))];
    }

    // Sampling runs in inference mode, whose tensors no gradient may pass by later: these are made outside of it.
    private void Add(Prompt[] prompts, Func<Tensor[]> encode)
    {
        using IDisposable mode = inference_mode(false);
        using IDisposable constant = no_grad();
        using var scope = NewDisposeScope();
        long[] rows = [.. prompts.Select(prompt => prompt.Pixels!.Shape[0])];
        Tensor[][] parts = [.. encode().Select(all => all.split(rows))];
        foreach ((int i, Prompt prompt) in prompts.Index())
            _kept![prompt] = [.. parts.Select(part => part[i].DetachFromDisposeScope())];
    }

    private void Close()
    {
        lock (_lock)
        {
            foreach (Tensor tensor in _kept!.Values.SelectMany(tensors => tensors))
                tensor.Dispose();
            _kept = null;
        }
    }

    private sealed class Closing(Action close) : IDisposable
    {
        private Action _close = close;

        public void Dispose()
        {
            _close();
            _close = () => { };
        }
    }
}
