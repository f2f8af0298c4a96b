using System.Diagnostics;

namespace Recipes.Tests;

/// <summary>What tests/gpu takes to a machine with a GPU, tried on this one's processor: minutes, so only when asked for.</summary>
public class GpuPackTests
{
    private const string Variable = "VLM_TEST_GPU_PACK";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    [Fact]
    public void The_pack_is_small_enough_and_its_checks_pass_on_a_processor()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Variable) == "1", $"skipped: {Variable}=1 runs it, in 5 minutes");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "skipped: the pack is for Linux");
        string folder = Path.Combine(Path.GetTempPath(), $"vlm-gpu-{Guid.NewGuid():N}");
        try
        {
            Assert.Contains("at most 67108864", Output(Path.Combine(Repository.Root, "tests", "gpu", "pack.sh"), folder));

            string said = Output(
                "python3", Path.Combine(folder, "run.py"), "--device", "cpu", "--out", Path.Combine(folder, "out"));

            Assert.EndsWith("all checks passed", said.TrimEnd());
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    // Python's torch may be another version than the one to check with: the package's is named.
    private static string Output(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["LIBTORCH"] = Vlm.Engine.NativeLibraries.Folder;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
            process.Kill(entireProcessTree: true);
        Assert.Equal(0, process.ExitCode);
        return output.Result;
    }
}
