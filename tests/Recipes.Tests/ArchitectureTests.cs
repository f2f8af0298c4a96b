using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json.Nodes;

namespace Recipes.Tests;

/// <summary>
/// References point one way: Rewards, Data, Datasets; Data, Vlm, Grpo and Rewards.Learned, Cli, recipes. Read from the compiled assemblies.
/// </summary>
public class ArchitectureTests
{
    // Assembly -> those of ours it may use.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Vlm.Rewards"] = [],
        ["Vlm.Data"] = ["Vlm.Rewards"],
        ["Vlm.Datasets"] = ["Vlm.Data", "Vlm.Rewards"],
        ["Vlm"] = ["Vlm.Data", "Vlm.Rewards"],
        ["Vlm.Grpo"] = ["Vlm", "Vlm.Data", "Vlm.Rewards"],
        ["Vlm.Rewards.Learned"] = ["Vlm", "Vlm.Data", "Vlm.Rewards"],
        ["Recipes.Cli"] = ["Vlm", "Vlm.Data", "Vlm.Datasets", "Vlm.Grpo", "Vlm.Rewards", "Vlm.Rewards.Learned"],
    };

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = Repository.Read("Vlm.sln").Replace('\\', '/');
        string[] found = [.. Repository.Files(extension: ".csproj").Where(path => !path.StartsWith("samples/", StringComparison.Ordinal))];
        Assert.True(found.Length >= 10, $"only {found.Length} projects found");

        Assert.All(found, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Assemblies_use_only_what_lies_below_them() =>
        Assert.All(Allowed, layer =>
        {
            string[] used = References(Path.Combine(AppContext.BaseDirectory, layer.Key + ".dll"));
            Assert.Empty(used.Intersect(Allowed.Keys).Except(layer.Value));
        });

    [Fact]
    public void Rewards_need_the_base_library_only()
    {
        string rewards = Path.Combine(AppContext.BaseDirectory, "Vlm.Rewards.dll");

        Assert.All(References(rewards), name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
        Assert.Contains("Score", TypeNames(rewards));
    }

    [Theory]
    [InlineData("Vlm.Rewards")]
    [InlineData("Vlm.Data")]
    [InlineData("Vlm.Datasets")]
    public void What_knows_no_model_knows_no_tensor(string assembly) =>
        Assert.DoesNotContain(
            "TorchSharp", References(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")), StringComparer.Ordinal);

    // A program that embeds a library has a terminal of its own, or none.
    [Fact]
    public void What_draws_on_a_terminal_is_in_the_recipes_alone()
    {
        string[] console = ["Spectre.Console", "System.CommandLine"];

        Assert.Equal(console, References(Path.Combine(AppContext.BaseDirectory, "Recipes.Cli.dll")).Intersect(console).Order());
        Assert.All(Allowed.Keys.Except(["Recipes.Cli"]), assembly =>
            Assert.Empty(References(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")).Intersect([.. console, "System.Console"])));
    }

    // Two libtorchs in one process abort it, so none lies where the host would find it.
    [Fact]
    public void No_native_library_is_copied_into_an_output_folder()
    {
        string bin = Repository.PathOf("artifacts", "bin");
        string[] folders = [.. Directory.GetDirectories(bin, "*.Tests"), Path.Combine(bin, "Genai.Client")];
        Assert.True(folders.Length >= 6, $"only {folders.Length} programs found");

        Assert.Empty(folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.so*", SearchOption.AllDirectories)));
    }

    [Theory]
    [InlineData("cpu", "Microsoft.ML.OnnxRuntime")]
    [InlineData("cuda", "Microsoft.ML.OnnxRuntime.Gpu.Linux")]
    public void The_build_that_takes_a_libtorch_takes_the_ONNX_Runtime_of_its_kind(string torch, string package)
    {
        Outcome asked = RecipeProcess.RunProgram(Repository.Root, "msbuild", "src/Vlm/Vlm.csproj", "-getItem:PackageReference",
            $"-p:Torch={torch}");

        Assert.True(asked.ExitCode == 0, asked.Output + asked.Errors);
        JsonArray packages = JsonNode.Parse(asked.Output)!["Items"]!["PackageReference"]!.AsArray();
        Assert.Equal(package, Assert.Single(packages.Select(item => (string)item!["Identity"]!),
            name => name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nothing_under_src_or_tests_names_a_recipe_file_as_input()
    {
        string[] projects = Repository.Files(extension: ".csproj");

        Assert.DoesNotContain(projects, path => Named(path).Contains("recipes/", StringComparison.Ordinal));

        // But for what recipes share, and the model of unigrpo, which its tests compile.
        static string Named(string path) => Repository.Read(path).Replace("recipes/Cli/Cli.csproj", "", StringComparison.Ordinal)
            .Replace("../../recipes/unigrpo/*.cs", "", StringComparison.Ordinal);
    }

    private static string[] References(string assembly) =>
        Reading(assembly, metadata => metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)));

    private static string[] TypeNames(string assembly) =>
        Reading(assembly, metadata => metadata.TypeDefinitions
            .Select(handle => metadata.GetString(metadata.GetTypeDefinition(handle).Name)));

    private static string[] Reading(string assembly, Func<MetadataReader, IEnumerable<string>> select)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        return [.. select(file.GetMetadataReader())];
    }
}
