using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace Vlm.Grpo;

/// <summary>Reads questions and decodes their pictures on another thread, while the batch before them is answered.</summary>
/// <remarks>At most one batch waits beside the one that is answered, whose pixels are freed as soon as the next is taken.</remarks>
internal sealed class PixelsAhead
{
    /// <summary>What is decoded ahead of one batch at most; pictures beyond it are decoded where they are needed.</summary>
    public const long MostBytes = 2L << 30;

    private readonly Stopwatch _waited = new();

    /// <summary>The time for which whoever answers had no batch: reading and decoding were not as fast.</summary>
    public TimeSpan Waited => _waited.Elapsed;

    /// <summary>Prompts in batches, each as it was and with its pixels made.</summary>
    /// <param name="prompts">Made as they are asked for, on another thread.</param>
    /// <param name="batch">How many are together.</param>
    /// <param name="cancel">Ends it.</param>
    public IEnumerable<(Prompt[] AsRead, Prompt[] Ready)> Of(IEnumerable<Prompt> prompts, int batch, CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<(Prompt[], Prompt[])>(1);
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var maker = new Thread(() => Make(channel.Writer, prompts, batch, left.Token)) { IsBackground = true, Name = "pixels ahead" };
        maker.Start();
        try
        {
            while (Next(channel.Reader) is { } next)
                yield return next;
        }
        finally
        {
            left.Cancel();
            maker.Join();
        }
    }

    private (Prompt[], Prompt[])? Next(ChannelReader<(Prompt[], Prompt[])> reader)
    {
        _waited.Start();
        try
        {
            return reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult() && reader.TryRead(out (Prompt[], Prompt[]) next) ? next : null;
        }
        finally
        {
            _waited.Stop();
        }
    }

    private static void Make(ChannelWriter<(Prompt[], Prompt[])> writer, IEnumerable<Prompt> prompts, int batch, CancellationToken cancel)
    {
        Exception? failure = null;
        try
        {
            foreach (Prompt[] part in prompts.Chunk(batch))
                writer.WriteAsync((part, Decoded(part, cancel)), cancel).AsTask().GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // Whatever it is belongs to whoever answers, on that thread.
        catch (Exception error)
        {
            failure = error;
        }
#pragma warning restore CA1031
        writer.Complete(failure);
    }

    // Half of the cores: the others answer.
    private static Prompt[] Decoded(Prompt[] part, CancellationToken cancel)
    {
        long bytes = 0;
        try
        {
            return [.. part.AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Max(1, Environment.ProcessorCount / 2)).WithCancellation(cancel)
                .Select(prompt => prompt.Pixels is { } pixels && Interlocked.Add(ref bytes, pixels.Count * (long)sizeof(float)) <= MostBytes
                    ? prompt with { Pixels = new PixelInput(pixels.Values(), pixels.Shape, pixels.Grid, pixels.Valid) } : prompt)];
        }
        catch (AggregateException many)
        {
            ExceptionDispatchInfo.Throw(many.Flatten().InnerExceptions[0]);
            throw;
        }
    }
}
