using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>
/// Reads each prompt once, fans it out to its group, and samples all rows together. Token, latent and ONNX policies sample
/// through it.
/// </summary>
/// <param name="decoder">Makes a fresh one for each call; where a call ends, it is disposed.</param>
/// <param name="context">Most tokens of a prompt and its completion.</param>
/// <param name="device">Where it computes.</param>
/// <param name="endTokens">Tokens that end a row.</param>
/// <param name="decode">Turns a completion's tokens into text.</param>
internal sealed class GroupSampler(
    Func<Sampling, IDecoder> decoder, int context, Device device, IReadOnlyList<int> endTokens, Func<int[], string> decode)
    : ISampler
{
    // Tokens that wait for a slow reader.
    private const int Ahead = 16;

    /// <inheritdoc/>
    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default)
    {
        TokenRules.CheckRoom(context, prompts, sampling);
        using IDisposable mode = Inference.On(device);
        using var scope = NewDisposeScope();
        using IDecoder fresh = decoder(sampling);
        var session = new SamplingSession(fresh, prompts, group, sampling, key, endTokens);
        do
            cancel.ThrowIfCancellationRequested();
        while (session.Step());
        return session.Rows.Rollouts(prompts, decode, key.Step);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default)
    {
        TokenRules.CheckRoom(context, [prompt], sampling);
        return Produced(prompt, sampling, key, cancel);
    }

    // A thread of its own, and one for the whole completion: OpenMP keeps workers for each thread that asks it for some.
    private async IAsyncEnumerable<int> Produced(
        Prompt prompt, Sampling sampling, SampleKey key, [EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<int>(Ahead);
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task producer = Task.Factory.StartNew(() => Produce(channel.Writer, prompt, sampling, key, left.Token),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (int token in channel.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
                yield return token;
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
            await producer.ConfigureAwait(false);
        }
    }

    private void Produce(
        ChannelWriter<int> writer, Prompt prompt, Sampling sampling, SampleKey key, CancellationToken left)
    {
        Exception? failure = null;
        try
        {
            foreach (int token in Tokens(prompt, sampling, key))
                if (left.IsCancellationRequested || !Give(writer, token, left))
                    break;
        }
#pragma warning disable CA1031 // Whatever it is belongs to the reader, on the reader's thread.
        catch (Exception error)
        {
            failure = error;
        }
#pragma warning restore CA1031
        writer.Complete(failure);
    }

    private static bool Give(ChannelWriter<int> writer, int token, CancellationToken left)
    {
        while (!writer.TryWrite(token))
            if (left.IsCancellationRequested || !WaitToWrite(writer, left))
                return false;
        return true;
    }

    private static bool WaitToWrite(ChannelWriter<int> writer, CancellationToken left)
    {
        try
        {
            return writer.WaitToWriteAsync(left).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private IEnumerable<int> Tokens(Prompt prompt, Sampling sampling, SampleKey key)
    {
        using var kept = new KeptTensors(device);
        using IDecoder fresh = decoder(sampling);
        SamplingSession session = kept.During(() => new SamplingSession(fresh, [prompt], 1, sampling, key, endTokens));
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
