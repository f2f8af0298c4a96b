using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>What was sampled for one row.</summary>
internal sealed record Completion(int[] Tokens, int[] Actions, float[] LogProbs, StopReason Stop);

/// <summary>Reads each prompt once, fans it out to its group, and samples all rows together.</summary>
internal static class GroupSampler
{
    /// <summary>Samples <paramref name="group"/> completions of each prompt, ordered by prompt, then member.</summary>
    /// <param name="actor">Fresh.</param>
    /// <param name="prompts">P</param>
    /// <param name="group">Rows per prompt.</param>
    /// <param name="sampling">How actions are drawn.</param>
    /// <param name="key">Names the random numbers.</param>
    /// <param name="endTokens">Tokens that end a row.</param>
    /// <param name="decode">Turns a completion's tokens into text.</param>
    internal static Rollout[] Run(
        IActor actor, IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key,
        IReadOnlyList<int> endTokens, Func<int[], string> decode)
    {
        Completion[] completions = Complete(actor, prompts, group, sampling, key, endTokens);
        return [.. completions.Select((completion, row) => new Rollout(
            prompts[row / group], row / group, row % group, completion.Tokens, completion.Actions, completion.LogProbs,
            decode(completion.Tokens), completion.Stop))];
    }

    /// <summary>Samples one completion, each token as it is drawn.</summary>
    /// <param name="actor">Makes a fresh one each time that the tokens are enumerated.</param>
    /// <param name="prompt">What is asked.</param>
    /// <param name="sampling">How actions are drawn.</param>
    /// <param name="key">Names the random numbers.</param>
    /// <param name="endTokens">Tokens that end a row.</param>
    /// <param name="device">Where it acts.</param>
    internal static IEnumerable<int> Stream(
        Func<IActor> actor, Prompt prompt, Sampling sampling, SampleKey key, IReadOnlyList<int> endTokens,
        Device device)
    {
        using var kept = new KeptTensors(device);
        SamplingSession session = kept.During(
            () => new SamplingSession(actor(), [prompt], 1, sampling, key, endTokens));
        for (bool more = true; more;)
        {
            more = kept.During(session.Step);
            yield return session.Rows.LastToken(0);
        }
    }

    private static Completion[] Complete(
        IActor actor, IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key,
        IReadOnlyList<int> endTokens)
    {
        using IDisposable mode = Inference.On(actor.Device);
        using var scope = NewDisposeScope();
        var session = new SamplingSession(actor, prompts, group, sampling, key, endTokens);
        while (session.Step())
        {
        }
        return session.Rows.Completions();
    }

    /// <summary>
    /// Tensors that outlive a piece of work but not the whole: between two pieces neither their scope nor inference mode
    /// is open, so what the caller does there is the caller's own.
    /// </summary>
    private sealed class KeptTensors(Device device) : IDisposable
    {
        private IDisposable[] _kept = [];

        internal T During<T>(Func<T> work)
        {
            using IDisposable mode = Inference.On(device);
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
