using TorchSharp;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Torch.Tests;

public class LeakTests
{
    private const int Steps = 1000;

    [Fact]
    public void A_thousand_steps_in_scopes_leave_no_tensor_and_no_memory_behind()
    {
        using Tensor weight = randn(64, 64).requires_grad_(), input = randn(32, 64);
        for (int i = 0; i < 50; i++)
            Step(weight, input);
        Expect.Settled();
        (long tensors, long memory) = (EngineInfo.LiveTensors, Environment.WorkingSet);

        for (int i = 0; i < Steps; i++)
            Step(weight, input);

        Assert.Equal(tensors, EngineInfo.LiveTensors);
        // A step makes 20 tensors of 8 KiB and more: one of them kept per step would be 8 MB after a thousand.
        Assert.InRange(Environment.WorkingSet - memory, long.MinValue, 6 << 20);
    }

    [Fact]
    public void Tensors_that_nobody_disposes_are_freed_by_the_collector()
    {
        Expect.Settled();
        long before = EngineInfo.LiveTensors;
        Abandon();
        Assert.Equal(before + 100, EngineInfo.LiveTensors);
        Expect.Settled();
        Assert.Equal(before, EngineInfo.LiveTensors);

        static void Abandon()
        {
            for (int i = 0; i < 100; i++)
                _ = zeros(10);
        }
    }

    [Fact]
    public void A_scope_frees_what_was_born_in_it_and_spares_what_left()
    {
        Expect.Settled();
        long before = EngineInfo.LiveTensors;
        Tensor kept, outer, moved;
        using (DisposeScope around = NewDisposeScope())
        {
            DisposeScope target = around;
            using (DisposeScope scope = NewDisposeScope())
            {
                Assert.Same(scope, CurrentDisposeScope);
                using Tensor gone = zeros(1);
                _ = ones(1) + 1;
                kept = zeros(2).DetachFromDisposeScope();
                outer = zeros(3).MoveToOuterDisposeScope();
                moved = zeros(4).MoveToOtherDisposeScope(target);
                Assert.Equal(3, scope.DisposablesCount);
                Assert.True(scope.Contains(gone));
            }
            Assert.Equal(2, around.DisposablesCount);
            Assert.Equal(before + 3, EngineInfo.LiveTensors);
        }
        Assert.True(outer.IsInvalid && moved.IsInvalid && !kept.IsInvalid);
        kept.Dispose();
        Assert.Equal(before, EngineInfo.LiveTensors);
    }

    [Fact]
    public void A_scope_moves_objects_with_their_types()
    {
        using DisposeScope around = NewDisposeScope(), scope = NewDisposeScope();
        (Tensor a, Tensor b) = scope.MoveToOuter(zeros(1), zeros(2));
        Assert.Equal(2, around.DisposablesCount);
        (a, b) = scope.MoveToOther(around, a, b);
        Tensor c = zeros(3);
        Assert.Same(c, scope.DisposeEverythingBut(c));
        Tensor d = scope.Detach(c);
        scope.DisposeEverything();
        Assert.False(a.IsInvalid || b.IsInvalid || d.IsInvalid);
        scope.Attach(d);
        scope.DisposeEverything();
        Assert.True(d.IsInvalid);
    }

    [Fact]
    public void Scopes_that_end_out_of_order_leave_no_ended_scope_current()
    {
        DisposeScope? before = CurrentDisposeScope;
        DisposeScope outer = NewDisposeScope(), inner = NewDisposeScope();
        outer.Dispose();
        Assert.Same(inner, CurrentDisposeScope);
        inner.Dispose();
        Assert.Same(before, CurrentDisposeScope);
    }

    [Fact]
    public void Indexing_leaves_nothing_behind()
    {
        using Tensor m = randn(4, 4), places = tensor((long[])[0, 2]);
        Expect.Settled();
        long before = EngineInfo.LiveTensors;
        m[1.., 0].Dispose();
        m[TensorIndex.Colon, TensorIndex.Tensor(places), TensorIndex.None].Dispose();
        using (Tensor nine = tensor(9f))
        {
            m[0, 1] = nine;
            m[TensorIndex.Tensor(places), 1..] = nine;
        }
        Assert.Equal(before, EngineInfo.LiveTensors);
    }

    [Fact]
    public void A_pinned_array_is_released_with_its_last_tensor()
    {
        WeakReference array = Blob();
        Expect.Settled();
        Assert.False(array.IsAlive);

        static WeakReference Blob()
        {
            float[] numbers = [1, 2, 3];
            using Tensor blob = Memory.FromBlob<float>(numbers, 3);
            using Tensor view = blob[1..];
            return new WeakReference(numbers);
        }
    }

    private static void Step(Tensor weight, Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = input.matmul(weight).tanh().softmax(1).log().mean();
        loss.backward();
        using (no_grad())
        {
            Tensor grad = weight.grad!;
            weight.sub_(grad * 0.1);
            weight.grad = null;
        }
    }
}
