using TorchSharp;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Tests.Engine;

public sealed class WeightsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_layer_has_shapes_without_memory()
    {
        using LoraLinear layer = Weights.Meta(() => new LoraLinear(1L << 40, 1L << 10));

        Assert.True(layer.Weight.is_meta);
        Assert.Equal([1L << 10, 1L << 40], layer.Weight.shape);
    }

    [Fact]
    public void All_of_a_layer_has_the_type_and_place_asked_for()
    {
        using LoraLinear layer = Weights.Unfilled(() => new LoraLinear(3, 2, bias: true), ScalarType.BFloat16, META);

        Assert.All(layer.parameters(), value => Assert.Equal(
            (ScalarType.BFloat16, DeviceType.META, true), (value.dtype, value.device_type, value.requires_grad)));
    }

    // 400 numbers uniform in +-1/sqrt(100) = +-0.1: the largest is above 0.09 but for 0.9^400.
    [Fact]
    public void Filled_layers_have_their_first_values()
    {
        using LoraLinear layer = Weights.Filled(() => new LoraLinear(100, 4), CPU);

        Assert.InRange(layer.Weight.abs().max().item<float>(), 0.09, 0.1);
        Assert.Equal([1f, 1f], new RmsNorm(2, 1e-6).Weight.data<float>().ToArray());
    }

    // TorchSharp's own default device would be the other thread's too.
    [Fact]
    public void What_one_thread_builds_does_not_change_what_another_does()
    {
        DeviceType other = DeviceType.META;
        Weights.Meta(() =>
        {
            var thread = new Thread(() => other = new RmsNorm(2, 1e-6).Weight.device_type);
            thread.Start();
            thread.Join();
            return 0;
        });

        Assert.Equal(DeviceType.CPU, other);
        Assert.Equal(DeviceType.CPU, new RmsNorm(2, 1e-6).Weight.device_type);
    }

    [Fact]
    public void A_build_that_fails_leaves_no_plan_behind()
    {
        Assert.Throws<ArgumentException>(() => Weights.Meta<int>(() => throw new ArgumentException("wrong size")));
        Assert.Equal(DeviceType.CPU, new RmsNorm(2, 1e-6).Weight.device_type);
    }

    [Fact]
    public void A_model_cannot_be_moved_under_its_layers()
    {
        using var layer = new RmsNorm(2, 1e-6);

        Assert.Throws<NotSupportedException>(() => layer.to(ScalarType.BFloat16));
        Assert.Throws<NotSupportedException>(() => layer.to(DeviceType.META));
    }

    // Each once, under the name it was registered by: fields have other names.
    [Fact]
    public void Layers_have_the_names_they_were_registered_under_and_no_others()
    {
        using DecoderLayer layer = Weights.Meta(() => new DecoderLayer(new AttentionConfig(8, 2, 1, 4), 16, 1e-6));

        string[] modules = [.. layer.named_modules().Select(item => item.Item1)];
        Assert.Equal(modules.Distinct(), modules);
        Assert.DoesNotContain(modules, name => name.Contains('_', StringComparison.Ordinal)
            && name.Split('.')[^1].StartsWith('_'));
        Assert.Equal(9, layer.named_parameters().Count());
        Assert.Equal(layer.parameters().Select(value => value.Handle).Distinct().Count(), layer.parameters().Count());
    }
}
