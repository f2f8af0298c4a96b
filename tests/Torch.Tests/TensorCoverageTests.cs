using System.Reflection;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorCoverageTests
{
    /// <summary>Called by another spelling than a method call, as by <c>using</c>.</summary>
    private static readonly HashSet<string> s_elsewhere = ["Dispose", "Finalize", "GetType", "MemberwiseClone"];

    [Fact]
    public void Every_public_method_of_a_tensor_is_called_by_some_test()
    {
        string[] methods = Names(
            typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly));
        HashSet<string> called = Called(@"\.@?(\w+)(?:<\w+>)?\(");

        Assert.True(methods.Length > 280, $"{methods.Length} methods");
        string untested = string.Join(' ', methods.Except(called).Except(s_elsewhere));
        Assert.True(untested.Length == 0, $"called by no test: {untested}");
    }

    private static string[] Names(IEnumerable<MethodInfo> methods) =>
        [.. methods.Where(method => !method.IsSpecialName).Select(method => method.Name).Distinct().Order()];

    private static HashSet<string> Called(string pattern) =>
        [.. Sources().SelectMany(text => Regex.Matches(text, pattern)).Select(match => match.Groups[1].Value)];

    private static IEnumerable<string> Sources()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
            at = at.Parent;
        string[] files = Directory.GetFiles(Path.Combine(at!.FullName, "tests", "Torch.Tests"), "*.cs");
        Assert.True(files.Length > 10, $"{files.Length} files");
        return files.Select(File.ReadAllText);
    }
}
