using System.Reflection;
using TorchSharp;
using Vlm.Testing;

namespace Torch.Tests;

/// <summary>Code written against this library compiles against TorchSharp: nothing public here is missing there.</summary>
public class SurfaceTests
{
    [SharedFact]
    public void Every_public_member_is_TorchSharps_with_the_same_signature()
    {
        string[] theirs = File.ReadAllLines(SharedFiles.PathOf("api", "TorchSharp-0.107.0.txt"));
        string[] ours = [.. PublicTypes().SelectMany(Surface.Lines)];

        string[] foreign = [.. ours.Except(theirs).Order(StringComparer.Ordinal)];

        Assert.Equal(5445, theirs.Length);
        Assert.True(ours.Length > 900, $"only {ours.Length} lines were found");
        Assert.True(foreign.Length == 0,
            $"{foreign.Length} of {ours.Length} lines are not TorchSharp's:\n{string.Join("\n", foreign)}");
    }

    [Fact]
    public void Nothing_public_is_outside_the_two_namespaces()
    {
        Assert.All(typeof(torch).Assembly.GetExportedTypes(),
            type => Assert.Matches("^(TorchSharp|Vlm\\.Engine)", type.Namespace));
    }

    [Fact]
    public void A_line_shows_what_a_caller_depends_on()
    {
        string[] lines = [.. Surface.Lines(typeof(Sample<>)).Order(StringComparer.Ordinal)];

        Assert.Equal(
            [
                "Torch.Tests.SurfaceTests.Sample<T> :: Int32 Value",
                "Torch.Tests.SurfaceTests.Sample<T> :: String Name { get; }",
                "Torch.Tests.SurfaceTests.Sample<T> :: T Item[Int64 row] { get; set; }",
                "Torch.Tests.SurfaceTests.Sample<T> :: class : Attribute",
                "Torch.Tests.SurfaceTests.Sample<T> :: new(Nullable<Int64> size = null)",
                "Torch.Tests.SurfaceTests.Sample<T> :: protected abstract Void Hide()",
                "Torch.Tests.SurfaceTests.Sample<T> :: static Boolean Try<TFrom>(TFrom[] from, out T found, params Double[] more)",
                "Torch.Tests.SurfaceTests.Sample<T> :: static Torch.Tests.SurfaceTests.Sample<T> op_Implicit(Single x)",
                "Torch.Tests.SurfaceTests.Sample<T> :: virtual String ToString()",
                "Torch.Tests.SurfaceTests.Sample<T> :: virtual System.Collections.Generic.IList<ValueTuple<T, Int32>> Pair(" +
                    "Double low = 1E-08, DayOfWeek day = Monday, String word = \"a\")",
            ],
            lines);
    }

    private static IEnumerable<Type> PublicTypes() =>
        typeof(torch).Assembly.GetExportedTypes().Where(
            type => type.Namespace!.StartsWith("TorchSharp", StringComparison.Ordinal));

#pragma warning disable CA1018, CA1051, CA1019, CA2225, CA1000, CA1044, CA1813, CS8602, CA1012, CA1710, CA1822, IDE0060
    public abstract class Sample<T> : Attribute
    {
        public int Value;

        public Sample(long? size = null) => Value = (int)(size ?? 0);

        public string Name => "";

        public T this[long row]
        {
            get => default!;
            set => Value = (int)row;
        }

        public static implicit operator Sample<T>(float x) => null!;

        public static bool Try<TFrom>(TFrom[] from, out T found, params double[] more)
        {
            found = default!;
            return false;
        }

        public virtual IList<(T, int)> Pair(double low = 1e-8, DayOfWeek day = DayOfWeek.Monday, string word = "a") => [];

        public override string ToString() => "";

        protected abstract void Hide();

        private protected void Inner()
        {
        }
    }
#pragma warning restore
}

/// <summary>Renders public signatures as the reference file does, one line each.</summary>
internal static class Surface
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance |
        BindingFlags.Static | BindingFlags.DeclaredOnly;

    internal static IEnumerable<string> Lines(Type type) =>
        Members(type).Prepend(Kind(type)).Select(text => $"{Name(type)} :: {text}");

    private static string Kind(Type type)
    {
        if (type.IsEnum)
            return "enum";
        if (type.IsInterface)
            return "interface";
        if (type.IsValueType)
            return "struct";
        if (type.IsAbstract && type.IsSealed)
            return "static class";

        string kind = type.IsSubclassOf(typeof(Delegate)) ? "delegate" : "class";
        return type.BaseType == typeof(object) ? kind : $"{kind} : {Name(type.BaseType!)}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        foreach (FieldInfo field in type.GetFields(Own))
            if ((field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName)
                yield return Field(field);
        foreach (PropertyInfo property in type.GetProperties(Own))
            if (property.GetAccessors(true).Any(Visible))
                yield return Property(property);
        foreach (ConstructorInfo constructor in type.GetConstructors(Own))
            if (Visible(constructor) && !constructor.IsStatic)
                yield return $"{Access(constructor)}new({Parameters(constructor.GetParameters())})";
        foreach (MethodInfo method in type.GetMethods(Own))
            if (Visible(method) && !IsAccessor(method))
                yield return Method(method);
    }

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Field(FieldInfo field)
    {
        string value = field.IsLiteral ? $" = {Value(Convert.ChangeType(field.GetRawConstantValue(), typeof(object)), null)}" : "";
        return $"{(field.IsPublic ? "" : "protected ")}{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{value}";
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo shown = property.GetAccessors(true).First(Visible);
        string index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{Parameters(parameters)}]" : "";
        string get = property.GetMethod is { } getter && Visible(getter) ? "get; " : "";
        string set = property.SetMethod is { } setter && Visible(setter) ? "set; " : "";
        return $"{Access(shown)}{(shown.IsStatic ? "static " : "")}{Name(property.PropertyType)} {property.Name}{index} {{ {get}{set}}}";
    }

    private static string Method(MethodInfo method)
    {
        string bound = method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method.IsVirtual ? "virtual " : "";
        string types = method.IsGenericMethod
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>"
            : "";
        return $"{Access(method)}{bound}{Name(method.ReturnType)} {method.Name}{types}({Parameters(method.GetParameters())})";
    }

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string way = parameter.ParameterType.IsByRef ? parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref "
            : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        string value = parameter.HasDefaultValue ? $" = {Value(parameter.DefaultValue, parameter.ParameterType)}" : "";
        return $"{way}{Name(parameter.ParameterType)} {parameter.Name}{value}";
    }

    private static string Value(object? value, Type? type) => value switch
    {
        null => type is { IsValueType: true } && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        bool flag => flag ? "true" : "false",
        string text => $"\"{text}\"",
        Enum => value.ToString()!,
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
    };

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsPointer)
            return $"{Name(type.GetElementType()!)}*";
        if (type.IsGenericParameter)
            return type.Name;

        Type[] arguments = type.GetGenericArguments();
        return type.Namespace is "System" && !type.IsNested
            ? OwnName(type, arguments)
            : $"{(type.IsNested ? Name(Closed(type.DeclaringType!, arguments)) : type.Namespace)}.{OwnName(type, arguments)}";
    }

    private static Type Closed(Type outer, Type[] arguments) =>
        outer.IsGenericTypeDefinition ? outer.MakeGenericType(arguments[..outer.GetGenericArguments().Length]) : outer;

    /// <summary>The name without what is around it, with the type arguments that are its own.</summary>
    private static string OwnName(Type type, Type[] arguments)
    {
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        if (tick < 0)
            return type.Name;

        int count = int.Parse(type.Name.AsSpan(tick + 1), System.Globalization.CultureInfo.InvariantCulture);
        return $"{type.Name[..tick]}<{string.Join(", ", arguments[^count..].Select(Name))}>";
    }
}
