using System.ComponentModel;
using Microsoft.Extensions.Logging;
using TorchSharp;
using Vlm;
using Vlm.Engine;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>What a tool was asked.</summary>
/// <typeparam name="TOptions">The tool's record of options.</typeparam>
/// <param name="Options">Its options.</param>
/// <param name="Words">The words that belong to no option, such as a question.</param>
/// <param name="In">What is typed while it runs.</param>
/// <param name="Out">Where its result goes.</param>
/// <param name="Error">Where warnings go.</param>
/// <param name="Token">Cancelled by Ctrl-C.</param>
public sealed record Tool<TOptions>(
    TOptions Options, IReadOnlyList<string> Words, TextReader In, TextWriter Out, TextWriter Error,
    CancellationToken Token)
{
    private readonly torch.Device? _device;

    /// <summary>What it is given goes to <see cref="Error"/>, a line each.</summary>
    public ILogger Logger => new LineLogger(line => Error.WriteLine(Flags.Settings(line)));

    internal FlagText Flags { get; init; } = new([]);

    /// <summary>Where to compute.</summary>
    /// <exception cref="InvalidOperationException">The tool said that it computes nothing.</exception>
    public torch.Device Device
    {
        get => _device ?? throw new InvalidOperationException("a tool that computes nothing has no device");
        init => _device = value;
    }
}

/// <summary>The option of tools that compute.</summary>
internal sealed record DeviceOptions
{
    [Description("where to compute: auto (the first GPU, else the processor), cpu, cuda or cuda:N"), Option(Example = "cuda:0")]
    public string Device { get; init; } = Devices.AutoName;
}

/// <summary>The entry of every tool: a recipe that answers at once and leaves no run folder.</summary>
public static class ToolCommand
{
    /// <summary>Runs a tool.</summary>
    /// <typeparam name="TOptions">Init properties with descriptions, ranges and defaults; see <see cref="OptionAttribute"/>.</typeparam>
    /// <param name="args">The command line, without the program's name.</param>
    /// <param name="name">The tool's name, as it is typed after <c>./vlm</c>.</param>
    /// <param name="summary">One line for --help.</param>
    /// <param name="body">What it does; gives the exit code.</param>
    /// <param name="computes">It uses a model: it has --device, and says on the error stream which it is.</param>
    /// <param name="words">What words without an option are, for --help, such as "question"; null refuses them.</param>
    /// <returns>What the body gives; 1 for a defect of ours, 2 for a mistake the user can fix.</returns>
    public static int Run<TOptions>(
        string[] args, string name, string summary, Func<Tool<TOptions>, int> body, bool computes = true,
        string? words = null)
        where TOptions : class, new() =>
        Run(args, name, summary, body, computes, words, RecipeConsole.System(), Console.In);

    internal static int Run<TOptions>(
        string[] args, string name, string summary, Func<Tool<TOptions>, int> body, bool computes, string? words,
        RecipeConsole console, TextReader input)
        where TOptions : class, new()
    {
        OptionSpec[] specs = [.. OptionSpec.Of(new TOptions()), .. computes ? OptionSpec.Of(new DeviceOptions()) : []];
        return RecipeCommand.Guarded(console, specs, () =>
        {
            if (CommandLine.AsksForHelp(args))
            {
                console.Out.Write(HelpText.Of(name, summary, specs, words is null ? "" : $" [{words}]"));
                return RecipeCommand.Done;
            }

            using var interruption = new Interruption(console);
            List<string>? own = words is null ? null : [];
            BoundOption[] bound = BoundOptions.Bind(specs, smoke: false, new(CommandLine.Parse(name, specs, args, own)));
            TOptions options = Read<TOptions>(name, bound);
            var tool = new Tool<TOptions>(options, own ?? [], input, console.Out, console.Error, interruption.Token)
            {
                Flags = new FlagText(specs),
            };
            return computes ? Compute(tool, BoundOptions.Fill(new DeviceOptions(), bound).Device, bound, body) : body(tool);
        });
    }

    private static int Compute<TOptions>(
        Tool<TOptions> tool, string name, BoundOption[] bound, Func<Tool<TOptions>, int> body)
    {
        torch.Device device = Devices.Choose(name);
        var first = new FirstLine($"device: {Machine.Describe(device)}", tool.Error.WriteLine);
        try
        {
            return body(tool with
            {
                Device = device,
                Out = new FirstLine.Writer(tool.Out, first),
                Error = new FirstLine.Writer(tool.Error, first),
            });
        }
        catch (Exception error) when (EngineErrors.OutOfMemory(error) is { } asked)
        {
            throw RecipeCommand.OutOfMemory(asked, device, bound);
        }
    }

    private static TOptions Read<TOptions>(string name, BoundOption[] bound)
        where TOptions : class, new()
    {
        BoundOptions.CheckRequired(name, bound);
        TOptions options = BoundOptions.Fill(new TOptions(), bound);
        return OptionsCheck.Validate(options);
    }
}
