using System.Text;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Torch.Tests;

/// <summary>Modules that have shapes first and memory later.</summary>
public sealed class SkeletonTests
{
    [Fact]
    public void What_is_built_inside_has_shapes_and_no_memory()
    {
        using Layers layers = Skeleton.Of(() => new Layers());

        Assert.Equal(
            ["ones [6]", "linear.weight [5, 3]", "linear.bias [5]", "embedding.weight [7, 3]", "convolution.weight [2, 3, 4, 4]",
                "convolution.bias [2]", "norm.weight [3]", "norm.bias [3]"],
            layers.named_parameters().Select(item => $"{item.name} {item.parameter.ShapeText}"));
        Assert.All(layers.parameters(), parameter => Assert.True(parameter.is_meta));
    }

    // A weight of 2^50 float32 is four petabytes: only what takes none can be built.
    [Fact]
    public void Size_costs_nothing()
    {
        using Linear linear = Skeleton.Of(() => nn.Linear(1L << 25, 1L << 25));

        Assert.Equal(1L << 50, linear.weight.numel());
    }

    [Fact]
    public void The_default_device_is_what_it_was_afterwards_also_after_a_failure()
    {
        Assert.Throws<InvalidOperationException>(() =>
            Skeleton.Of<Linear>(() => throw new InvalidOperationException(get_default_device().ToString())));

        using Tensor after = ones(2);
        Assert.Equal(DeviceType.CPU, after.device_type);
    }

    [Fact]
    public void Other_threads_build_with_memory_meanwhile()
    {
        DeviceType elsewhere = DeviceType.META;
        using Linear linear = Skeleton.Of(() =>
        {
            var other = new Thread(() =>
            {
                using Tensor made = ones(2);
                elsewhere = made.device_type;
            });
            other.Start();
            other.Join();
            return nn.Linear(2, 2);
        });

        Assert.Equal((DeviceType.CPU, DeviceType.META), (elsewhere, linear.weight.device_type));
    }

    [Fact]
    public void Placing_gives_memory_of_the_type_asked_for_behind_the_same_objects()
    {
        using Layers layers = Skeleton.Of(() => new Layers());
        Parameter[] before = [.. layers.parameters()];
        before[1].requires_grad = false;

        Skeleton.Place(layers, ScalarType.BFloat16);

        Assert.Equal(before, layers.parameters());
        Assert.All(before, parameter =>
            Assert.Equal((ScalarType.BFloat16, DeviceType.CPU), (parameter.dtype, parameter.device_type)));
        Assert.Equal([true, false, true, true, true, true, true, true], before.Select(parameter => parameter.requires_grad));
    }

    // y = W x with W = 2: the gradient of y's one element is x.
    [Fact]
    public void A_placed_module_computes_and_learns()
    {
        using DisposeScope scope = NewDisposeScope();
        using Linear linear = Skeleton.Place(Skeleton.Of(() => nn.Linear(3, 1, hasBias: false)), ScalarType.Float32);
        nn.init.constant_(linear.weight, 2);

        Tensor y = linear.forward(tensor(new float[] { 1, 10, 100 }));
        y.backward();

        Assert.Equal(222f, y.item<float>());
        Assert.Equal([1f, 10, 100], linear.weight.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_buffer_whose_values_are_lost_is_a_defect()
    {
        using WithTable module = Skeleton.Of(() => new WithTable());

        Assert.Contains("'table'",
            Assert.Throws<InvalidOperationException>(() => Skeleton.Place(module, ScalarType.Float32)).Message,
            StringComparison.Ordinal);
    }

    // Of six mappings only the second may go: the others are written on, writable, shared, of no file, or not resident.
    [Fact]
    public void Only_unwritten_pages_of_files_are_given_back()
    {
        string smaps = Mapping("10000-13000 r--p 00000000 fe:00 1    /lib/relocated.so", 12, 4)
            + Mapping("20000-28000 r-xp 00000000 fe:00 2    /lib/code.so", 20, 0)
            + Mapping("30000-34000 rw-p 00000000 fe:00 3    /lib/data.so", 8, 0)
            + Mapping("40000-44000 r--s 00000000 fe:00 4    /lib/shared.so", 8, 0)
            + Mapping("50000-54000 r--p 00000000 00:00 0", 8, 0)
            + Mapping("60000-64000 r--p 00000000 fe:00 5    /lib/unread.so", 0, 0);

        Assert.Equal([(0x20000, 0x8000, 20 << 10)], ResidentPages.Unwritten(Encoding.UTF8.GetBytes(smaps)));

        static string Mapping(string head, int resident, int anonymous) =>
            $"{head}\nSize: 64 kB\nRss:      {resident} kB\nPss: 1 kB\nAnonymous:     {anonymous} kB\nVmFlags: rd mr\n";
    }

    [Fact]
    public void The_process_goes_on_after_its_pages_were_given_back()
    {
        using Tensor before = ones(100, 100).matmul(ones(100, 100));
        long given = ResidentPages.GiveBack();
        using Tensor after = ones(100, 100).matmul(ones(100, 100));

        Assert.True(before.allclose(after, rtol: 0, atol: 0));
        Assert.Equal(OperatingSystem.IsLinux(), given > 0);
    }

    private sealed class Layers : nn.Module
    {
        public Layers() : base(nameof(Layers))
        {
            register_module("linear", nn.Linear(3, 5));
            register_module("embedding", nn.Embedding(7, 3, padding_idx: 0));
            register_module("convolution", nn.Conv2d(3, 2, 4));
            register_module("norm", nn.LayerNorm(3));
            register_parameter("ones", new Parameter(ones(6)));
        }
    }

    private sealed class WithTable : nn.Module
    {
        public WithTable() : base(nameof(WithTable)) => register_buffer("table", arange(4));
    }
}
