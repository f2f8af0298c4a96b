using System.Runtime.InteropServices;
using TorchSharp;
using Vlm.Engine;

namespace Vlm.Tests.Engine;

public class DevicesTests
{
    [Fact]
    public void The_processor_and_auto_without_a_GPU_are_the_processor()
    {
        Assert.Equal(DeviceType.CPU, Devices.Choose("cpu").type);
        Assert.Equal(Devices.CudaCount() > 0 ? DeviceType.CUDA : DeviceType.CPU, Devices.Choose().type);
        Assert.Matches(@"^cpu \(A processor, \d+ threads, \d+\.\d GiB\)$", Devices.Describe(torch.CPU, "A processor"));
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    [InlineData("cuda:99999999999")]
    [InlineData("CPU")]
    [InlineData("")]
    public void A_name_that_means_nothing_is_refused_with_those_that_do(string name)
    {
        var error = Assert.Throws<UsageException>(() => Devices.Choose(name));
        Assert.Equal(($"there is no device \"{name}\"", $"Device = {name}"), (error.Message, error.Where));
        Assert.Equal("Device = auto, cpu, cuda or cuda:N, N from 0", error.Fix);
    }

    [Fact]
    public void A_device_that_is_not_there_is_refused_with_the_last_that_is()
    {
        var error = Assert.Throws<UsageException>(() => Devices.OfCuda("cuda:7", 7, count: 2));
        Assert.Equal(("there is no CUDA device 7: this machine has 2, numbered from 0", "Device = cuda:1"), (error.Message, error.Fix));
        Assert.Equal(1, Devices.OfCuda("cuda:1", 1, count: 2).index);
    }

    [Fact]
    public void Without_CUDA_it_is_said_how_to_get_it()
    {
        var error = Assert.Throws<UsageException>(() => Devices.OfCuda("cuda", 0, count: 0));
        Assert.StartsWith("no CUDA device can be used", error.Message, StringComparison.Ordinal);
        Assert.Contains("LIBTORCH", error.Fix, StringComparison.Ordinal);
    }

    // 10^15 numbers, 4 PB: no machine has them. The GPU's message is that of PyTorch 2.10.
    [Fact]
    public void An_allocation_that_failed_says_how_much_it_wanted()
    {
        var real = Assert.ThrowsAny<ExternalException>(() => torch.zeros(1_000_000_000_000_000));

        Assert.Equal("4000000000000000 bytes", EngineErrors.OutOfMemory(real));
        Assert.Equal("20.00 GiB", EngineErrors.OutOfMemory(new InvalidOperationException("outer",
            new ExternalException("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 79.11 GiB"))));
        Assert.Null(EngineErrors.OutOfMemory(new InvalidOperationException("Tried to allocate 2 GiB")));
    }

    [Fact]
    public void An_error_of_the_engine_is_told_without_its_C_stack()
    {
        var error = Assert.ThrowsAny<ExternalException>(() => torch.ones(2, 3).mm(torch.ones(2, 3)));
        Assert.Contains("frame #", error.ToString(), StringComparison.Ordinal);

        string text = EngineErrors.Text(error);
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", text, StringComparison.Ordinal);
        Assert.Contains("DevicesTests", text, StringComparison.Ordinal);
    }
}
