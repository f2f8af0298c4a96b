using TorchSharp;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Torch.Tests;

public class ThreadTests
{
    [Fact]
    public void Several_threads_compute_at_once_and_agree()
    {
        double[] results = new double[8];
        Run(8, i =>
        {
            for (int round = 0; round < 50; round++)
            {
                using DisposeScope scope = NewDisposeScope();
                using Tensor x = full([16, 16], i + 1.0, requires_grad: true);
                x.matmul(x).sum().backward();
                results[i] = x.grad!.sum().ToDouble();
            }
        });

        // d sum(X X) / dX of a constant matrix c is 2 * 16 c at each of 256 places.
        Assert.Equal(Enumerable.Range(1, 8).Select(c => 2.0 * 16 * c * 256), results);
    }

    [Fact]
    public void Modes_and_scopes_belong_to_their_thread()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        bool enabled = false;
        DisposeScope? current = scope;
        Run(1, _ => (enabled, current) = (is_grad_enabled(), CurrentDisposeScope));

        Assert.True(enabled);
        Assert.Null(current);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void Other_threads_may_dispose_the_tensors_of_a_scope()
    {
        Expect.Settled();
        long before = EngineInfo.LiveTensors;
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor[] tensors = [.. Enumerable.Range(0, 4000).Select(_ => zeros(1))];
            Action finish = Start(3, i =>
            {
                for (int k = i; k < 3000; k += 3)
                    tensors[k].Dispose();
            });
            for (int k = 0; k < 1000; k++)
                _ = zeros(1);
            finish();
            Assert.Equal(2000, scope.DisposablesCount);
        }
        Assert.Equal(before, EngineInfo.LiveTensors);
    }

    private static void Run(int count, Action<int> body) => Start(count, body)();

    /// <summary>Starts the threads; the result waits for them and passes on their failure.</summary>
    private static Action Start(int count, Action<int> body)
    {
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            try
            {
                body(i);
            }
            catch (Exception error)
            {
                failure = error;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        return () =>
        {
            Array.ForEach(threads, thread => thread.Join());
            Assert.Null(failure);
        };
    }
}
