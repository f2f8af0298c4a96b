using TorchSharp;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Tests.Engine;

/// <summary>What the product relies on in TorchSharp, where another behaviour would be plausible or was met.</summary>
public sealed class EngineTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_libtorch_that_was_loaded_is_the_one_TorchSharp_was_made_for()
    {
        Assert.StartsWith(TorchFiles.Version + ".", EngineInfo.Version, StringComparison.Ordinal);
        Assert.Matches(@"^libtorch 2\.10\.\d+, \d+ threads$", EngineInfo.Describe());
    }

    // nn.init would draw other numbers: it drops the generator.
    [Fact]
    public void A_generator_names_the_numbers_of_tensors_own_draws()
    {
        static float[] Draw(ulong seed, Func<Generator, Tensor> draw)
        {
            using var generator = new Generator(seed);
            return draw(generator).data<float>().ToArray();
        }

        foreach (Func<Generator, Tensor> draw in (Func<Generator, Tensor>[])[
            generator => empty(20).normal_(0, 1, generator), generator => empty(20).uniform_(0, 1, generator),
            generator => randn(20, generator: generator), generator => rand(20, generator: generator)])
        {
            Assert.Equal(Draw(5, draw), Draw(5, draw));
            Assert.NotEqual(Draw(5, draw), Draw(6, draw));
        }
    }

    // Row 1 is read twice: its gradient is 2, that of row 2, which is not read, 0.
    [Fact]
    public void A_row_that_is_read_twice_has_twice_the_gradient()
    {
        Tensor table = ones([3, 2], requires_grad: true);
        table.index_select(0, tensor(new long[] { 1, 0, 1 })).sum().backward();

        Assert.Equal([1f, 1, 2, 2, 0, 0], table.grad!.data<float>().ToArray());
    }

    // TorchSharp's baddbmm would give the third matrix + the first times the second.
    [Fact]
    public void A_product_of_batches_and_a_sum_are_two_operators()
    {
        Tensor a = tensor(new float[] { 1, 2 }).view(1, 1, 2), b = tensor(new float[] { 3, 5 }).view(1, 2, 1);

        Assert.Equal(1 * 3 + 2 * 5 + 7, (bmm(a, b) + 7).item<float>());
    }

    [Fact]
    public void A_gradient_is_dropped_by_null_and_adds_up_until_then()
    {
        Tensor x = ones([2], requires_grad: true);
        (x * 3).sum().backward();
        (x * 4).sum().backward();
        Assert.Equal([7f, 7], x.grad!.data<float>().ToArray());

        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void A_scope_frees_all_but_what_is_moved_out_of_it()
    {
        long before = TensorCount.Settled();
        Tensor kept;
        using (NewDisposeScope())
        {
            Tensor one = ones(3);
            kept = (one + one).MoveToOuterDisposeScope();
        }
        Assert.Equal(before + 1, EngineInfo.LiveTensors);
        Assert.Equal(6f, kept.sum().item<float>());
    }

    [Fact]
    public void A_tensor_that_was_freed_says_so_and_does_not_end_the_process()
    {
        Tensor gone = ones(3);
        gone.Dispose();

        Assert.Throws<InvalidOperationException>(() => gone.sum());
    }

    // A scope belongs to a thread: what another makes meanwhile is its own, and numbers come out right all the same.
    [Fact]
    public void Threads_compute_side_by_side_in_scopes_of_their_own()
    {
        Tensor shared = arange(1000, dtype: ScalarType.Float32);
        var sums = new double[4];
        Thread[] threads = [.. Enumerable.Range(0, sums.Length).Select(i => new Thread(() =>
        {
            for (int repeat = 0; repeat < 50; repeat++)
                using (NewDisposeScope())
                    sums[i] += (shared * (i + 1)).sum().item<float>();
        }))];
        long before = TensorCount.Settled();
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        Assert.Equal([.. Enumerable.Range(1, 4).Select(i => 50 * i * 499500.0)], sums);
        Assert.True(EngineInfo.LiveTensors <= before);      // fewer: what earlier tests dropped was finalized
    }

    // Grad mode is a thread's too: no_grad here does not silence a training thread.
    [Fact]
    public void Gradients_are_turned_off_for_one_thread()
    {
        bool learns = false;
        using (no_grad())
        {
            var thread = new Thread(() => learns = (ones([1], requires_grad: true) * 2).requires_grad);
            thread.Start();
            thread.Join();
            Assert.False((ones([1], requires_grad: true) * 2).requires_grad);
        }
        Assert.True(learns);
    }

    [Fact]
    public void Half_precision_multiplies_on_the_processor()
    {
        Tensor a = ones([4, 4], dtype: ScalarType.BFloat16);

        Assert.Equal(64f, a.mm(a).to(ScalarType.Float32).sum().item<float>());
    }

    [Fact]
    public void Attention_is_that_of_the_formula_with_a_mask_and_in_groups()
    {
        using var generator = new Generator(4);
        Tensor q = randn([2, 3, 5, 4], generator: generator), k = randn([2, 3, 6, 4], generator: generator),
            v = randn([2, 3, 6, 4], generator: generator), mask = randn([5, 6], generator: generator);
        Tensor fused = nn.functional.scaled_dot_product_attention(q, k, v, mask);
        Tensor composed = (q.matmul(k.transpose(2, 3)) / Math.Sqrt(4) + mask).softmax(-1).matmul(v);

        Assert.True((fused - composed).abs().max().item<float>() < 1e-5);
    }
}
