using System.Text.RegularExpressions;
using Vlm.Engine;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>What recipes say of a libtorch, a device or a memory that does not do, in processes of their own.</summary>
public sealed class EngineMistakeTests : IDisposable
{
    private const string Torch = "libtorch_cpu.so", Bridge = "libLibTorchSharp.so";

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-engine-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_without_libtorch_is_refused() => AssertMistake(
        $"""
        error: there is no {Torch} in the folder that LIBTORCH names
           at: LIBTORCH=nowhere
          try: name the lib folder of a libtorch 2.10, or unset the variable

        """, Chat(RecipeProcess.Program("chat"), ("LIBTORCH", "nowhere")));

    [Fact]
    public void A_libtorch_that_is_cut_short_is_named()
    {
        string cut = Path.Combine(Linked("cut", but: Torch), Torch);
        using (FileStream whole = File.OpenRead(Path.Combine(NativeLibraries.Folder, Torch)), part = File.Create(cut))
            Copy(whole, part, 1 << 20);

        AssertMistake(
            $"""
            error: the native library cannot be loaded: the file is cut short
               at: {cut}
              try: set LIBTORCH to a whole libtorch 2.10, or unset it to use the package's

            """, Chat(RecipeProcess.Program("chat"), ("LIBTORCH", Path.GetDirectoryName(cut)!)));
    }

    [Fact]
    public void A_libtorch_without_one_of_its_parts_says_which()
    {
        string folder = Linked("parts", but: "libc10.so");

        Outcome outcome = Chat(RecipeProcess.Program("chat"), ("LIBTORCH", folder));
        Assert.Matches(
            @"\Aerror: the native library cannot be loaded: lib[\w.-]+: cannot open shared object file: .+\n", outcome.Errors);
        AssertMistake(outcome.Errors, outcome);
    }

    // As NuGet lays them out: what is damaged is the package, and the program's configuration leads there.
    [Fact]
    public void A_package_that_is_damaged_is_named_with_the_folder_to_delete()
    {
        string package = Path.Combine(_folder, "torch", "2.10.0");
        string natives = Linked(Path.Combine(package, "runtimes", "linux-x64", "native"), but: Torch);
        File.WriteAllBytes(Path.Combine(natives, Torch), []);

        AssertMistake(
            $"""
            error: the native library cannot be loaded: the file is cut short
               at: {natives}/{Torch}
              try: delete the package's folder {package}, then fetch it anew: dotnet restore

            """, Chat(Program(natives)));
    }

    [Fact]
    public void A_bridge_that_is_damaged_is_named()
    {
        string program = Program();
        string bridge = Beside(program, Bridge, File.ReadAllBytes(OwnBridge())[..5000]);

        Outcome outcome = Chat(program);
        Assert.StartsWith(
            $"error: the native library cannot be loaded: the file is cut short\n   at: {bridge}\n", outcome.Errors,
            StringComparison.Ordinal);
        AssertMistake(outcome.Errors, outcome);
    }

    [Fact]
    public void No_libtorch_at_all_is_told_with_the_place_it_should_be_in()
    {
        Outcome outcome = Chat(Program(torch: "libtorch-cpu-linux-x64/0.0.0"));

        Assert.Matches(
            @"\Aerror: there is no libtorch 2\.10 for this program\n   at: /.*/libtorch-cpu-linux-x64/0\.0\.0\b.*\n"
            + @"  try: dotnet add package libtorch-cpu-\S+, then build again; or set LIBTORCH to the lib folder of a libtorch 2\.10\n\z",
            outcome.Errors);
        AssertMistake(outcome.Errors, outcome);
    }

    [Fact]
    public void Two_libtorchs_are_refused()
    {
        string program = Program(), own = Path.GetDirectoryName(program)!, named = Linked("named");
        Linked(own);

        AssertMistake(
            $"""
            error: there would be two libtorchs in this process, {named} and {own}/
               at: {own}/
              try: leave one: unset LIBTORCH, LD_LIBRARY_PATH and LD_PRELOAD, or publish without natives

            """, Chat(program, ("LIBTORCH", named)));
    }

    // Any library of the name will do: it is told before another is loaded beside it, which would end the process.
    [Fact]
    public void A_libtorch_that_is_there_before_ours_is_refused()
    {
        string other = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName, Torch + ".2.14");
        File.Copy(Path.Combine(NativeLibraries.Folder, "libc10.so"), other);

        AssertMistake(
            $"""
            error: there would be two libtorchs in this process, {NativeLibraries.Folder} and {Path.GetDirectoryName(other)}
               at: {Path.GetDirectoryName(other)}
              try: leave one: unset LIBTORCH, LD_LIBRARY_PATH and LD_PRELOAD, or publish without natives

            """, Chat(RecipeProcess.Program("chat"), ("LD_PRELOAD", other)));
    }

    // A bridge that subtracts where it should add stands for one to a libtorch of another layout: it loads, and what it
    // answers is wrong. Both operators have the same shape, and names of one length.
    [Fact]
    public void A_libtorch_that_answers_wrongly_is_refused()
    {
        byte[] bridge = File.ReadAllBytes(OwnBridge());
        int name = bridge.AsSpan().IndexOf("_ZN2at4_ops10add_Tensor4callE"u8);
        Assert.True(name > 0, "the bridge does not name at::add");
        "sub"u8.CopyTo(bridge.AsSpan(name + "_ZN2at4_ops10".Length));
        string program = Program();
        Beside(program, Bridge, bridge);

        AssertMistake(
            $"""
            error: this libtorch does not have the layout of 2.10: the sum of ones + 2 ones is -6, not 18
               at: {NativeLibraries.Folder}
              try: set LIBTORCH to a libtorch 2.10, or unset it to use the package's

            """, Chat(program));
    }

    [Fact]
    public void A_device_that_is_not_there_is_refused()
    {
        Outcome outcome = Chat(RecipeProcess.Program("chat"), ["--device", "cuda:7"]);

        Assert.Matches(
            @"\Aerror: (no CUDA device can be used: .+|there is no CUDA device 7: .+)\n"
            + @"   at: --device cuda:7\n  try: .+\n\z", outcome.Errors);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
    }

    // Of 4 GB of addresses 4,096 rows of 1,900 tokens, 2 heads and 32 numbers of 4 bytes want 2 GB in each of 4 layers,
    // for keys and again for values. .NET's heap, which else reserves 256 GB, is held to a quarter of one.
    [Fact]
    public void Memory_that_is_not_there_says_what_to_lower()
    {
        string limited = $"ulimit -v 4000000; exec dotnet '{RecipeProcess.Program("bench-step")}' \"$@\"";

        var variables = new Dictionary<string, string>
        {
            ["DOTNET_GCHeapHardLimit"] = "0x10000000",
            ["OMP_NUM_THREADS"] = "1",
        };

        Outcome outcome = RecipeProcess.RunCommand(_folder, variables, "bash", "-c", limited, "bench",
            "--size", "tiny", "--group-size", "4096", "--new-tokens", "1900", "--device", "cpu", "--out", "run");

        Assert.Matches(
            @"\Aerror: out of memory on cpu \(.+\): it was asked for 1992294400 bytes\n   at: --device cpu\n"
            + @"  try: --group-size 2048 or --dtype bfloat16\n\z", outcome.Errors);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
    }

    // Below a file nobody can write, root neither. Where the C++ library is new enough no copy is made.
    [Fact]
    public void A_cache_that_cannot_be_written_does_no_harm_and_leaves_nothing_behind()
    {
        string temporary = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;

        Outcome outcome = Chat(
            RecipeProcess.Program("chat"), ("XDG_CACHE_HOME", "/dev/null"), ("TMPDIR", temporary));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.NotEmpty(outcome.Output);
        Assert.Empty(Directory.GetDirectories(temporary, "vlm-*"));
    }

    [Fact]
    public void No_place_for_a_copy_of_the_bridge_is_three_lines_where_one_is_needed()
    {
        Outcome outcome = Chat(
            RecipeProcess.Program("chat"), ("XDG_CACHE_HOME", "/dev/null"), ("TMPDIR", "/dev/null/below"));

        if (File.ReadLines("/proc/self/maps").Any(line => line.Contains("/LibTorchSharp-", StringComparison.Ordinal)))
            AssertMistake(
                """
                error: there is no folder for a copy of TorchSharp's library, which this system is too old for
                   at: /dev/null/vlm, /dev/null/below/
                  try: set XDG_CACHE_HOME to a folder that can be written

                """, outcome);
        else
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
    }

    private static void AssertMistake(string expected, Outcome outcome)
    {
        Assert.Equal(expected, outcome.Errors);
        Assert.Equal(3, expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
    }

    private Outcome Chat(string program, params (string Name, string Value)[] environment) =>
        Chat(program, [], environment);

    private Outcome Chat(string program, string[] options, params (string Name, string Value)[] environment)
    {
        var variables = new Dictionary<string, string> { [NativeLibraries.Variable] = "", ["OMP_NUM_THREADS"] = "1" };
        foreach ((string name, string value) in environment)
            variables[name] = value;
        return RecipeProcess.RunCommand(_folder, variables, "dotnet",
            [program, "--model", Fixtures.PathOf("tiny_qwen2_vl"), "What?", "--max-new-tokens", "1", "--ids", .. options]);
    }

    // A folder with links to the libraries of the libtorch in use.
    private string Linked(string folder, string but = "")
    {
        string place = Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName;
        foreach (string name in new[] { "libc10.so", Torch, "libtorch.so" }.Where(name => name != but))
            File.CreateSymbolicLink(Path.Combine(place, name), Path.Combine(NativeLibraries.Folder, name));
        return place;
    }

    // A copy of the program, whose folder may be given natives; its configuration may name another libtorch.
    private string Program(string? torch = null)
    {
        string from = Path.GetDirectoryName(RecipeProcess.Program("chat"))!, to = Path.Combine(_folder, "program");
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        if (torch is not null)
        {
            string configuration = Path.Combine(to, "chat.runtimeconfig.json");
            File.WriteAllText(configuration, Regex.Replace(
                File.ReadAllText(configuration), "(\"Vlm.LibTorch\": )\"[^\"]*\"", $"$1\"{torch}\""));
        }
        return Path.Combine(to, "chat.dll");
    }

    private static string Beside(string program, string name, byte[] content)
    {
        string path = Path.Combine(Path.GetDirectoryName(program)!, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    // Where the packages are: what is left of the place of the libtorch in use.
    private static string OwnBridge() => Path.Combine(
        NativeLibraries.Folder[..^Configured("Vlm.LibTorch").Length], Configured("Vlm.LibTorchSharp"), Bridge);

    private static string Configured(string key) => (string)AppContext.GetData(key)!;

    private static void Copy(Stream from, Stream to, int count)
    {
        var bytes = new byte[count];
        from.ReadExactly(bytes);
        to.Write(bytes);
    }
}
