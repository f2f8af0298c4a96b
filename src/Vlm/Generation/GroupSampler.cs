using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>What was sampled for one row.</summary>
internal sealed record Completion(int[] Tokens, float[] LogProbs, StopReason Stop);

/// <summary>Reads each prompt once, fans it out to its group, and samples all rows together.</summary>
internal static class GroupSampler
{
    /// <summary>Samples <paramref name="group"/> completions of each prompt, ordered by prompt, then member.</summary>
    internal static Completion[] Run(
        IVisionLanguageModel model, IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key,
        IReadOnlyList<int> endTokens, Tensor bans)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var session = new SamplingSession(model, prompts, group, sampling, key, endTokens, bans);
        while (session.Step())
        {
        }
        return session.Rows.Completions();
    }

    /// <summary>Samples one completion, each token as it is drawn.</summary>
    internal static IEnumerable<int> Stream(
        IVisionLanguageModel model, Prompt prompt, Sampling sampling, SampleKey key, IReadOnlyList<int> endTokens,
        Tensor bans)
    {
        using var kept = new KeptTensors();
        SamplingSession session = kept.During(
            () => new SamplingSession(model, [prompt], 1, sampling, key, endTokens, bans));
        for (bool more = true; more;)
        {
            more = kept.During(session.Step);
            yield return session.Rows.LastToken(0);
        }
    }

    /// <summary>
    /// Tensors that outlive a piece of work but not the whole: between two pieces neither their scope nor inference mode
    /// is open, so what the caller does there is the caller's own.
    /// </summary>
    private sealed class KeptTensors : IDisposable
    {
        private IDisposable[] _kept = [];

        internal T During<T>(Func<T> work)
        {
            using var mode = inference_mode();
            using var scope = NewDisposeScope();
            scope.Attach((IEnumerable<IDisposable>)_kept);
            try
            {
                return work();
            }
            finally
            {
                _kept = [.. scope.DisposablesView];
                scope.Detach((IEnumerable<IDisposable>)_kept);
            }
        }

        public void Dispose()
        {
            foreach (IDisposable tensor in _kept)
                tensor.Dispose();
        }
    }
}
